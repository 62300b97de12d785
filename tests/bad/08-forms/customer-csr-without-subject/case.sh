about="the customer's CSR with an empty subject"
from=signing
prepare() { openssl req -new -key "$SHELF/other.clear" -subj / -out inputs/customer.csr; }
run() { mdm 4; }
status=0
