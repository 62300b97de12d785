# `mdmvendor sign`: several customers' CSRs, some of which cannot be signed, and places that cannot be written to.
status=1
from=signing
requests() { for name; do openssl req -new -key "$SHELF/other.clear" -subj "/CN=$name" -out "$name.csr"; done; }
