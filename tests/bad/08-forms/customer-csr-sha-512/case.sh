about="the customer's CSR signed with SHA-512"
from=signing
prepare() { openssl req -new -sha512 -key "$SHELF/other.clear" -subj /CN=Customer -out inputs/customer.csr; }
run() { mdm 4; }
status=0
