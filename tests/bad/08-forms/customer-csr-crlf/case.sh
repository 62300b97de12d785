about="the customer's CSR: crlf"
from=signing
prepare() {
    openssl req -new -key "$SHELF/other.clear" -subj /CN=Customer -out c.pem
    crlf <c.pem >inputs/customer.csr
    rm c.pem
}
run() { mdm 4; }
status=0
