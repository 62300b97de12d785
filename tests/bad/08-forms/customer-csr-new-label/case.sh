about="the customer's CSR: new-label"
from=signing
prepare() {
    openssl req -new -key "$SHELF/other.clear" -subj /CN=Customer -out c.pem
    sed 's/CERTIFICATE REQUEST/NEW CERTIFICATE REQUEST/' c.pem >inputs/customer.csr
    rm c.pem
}
run() { mdm 4; }
status=0
