about="the customer's CSR: text-before"
from=signing
prepare() {
    openssl req -new -key "$SHELF/other.clear" -subj /CN=Customer -out c.pem
    openssl req -in c.pem -text >inputs/customer.csr
    rm c.pem
}
run() { mdm 4; }
status=0
