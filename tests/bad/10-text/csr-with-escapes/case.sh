about="terminal escapes in the subject of the customer's CSR"
from=signing
prepare() { openssl req -new -key "$SHELF/ec.clear" -subj "/CN=$(printf '\033[31mred')" -out inputs/customer.csr; }
err='inputs/customer.csr'
