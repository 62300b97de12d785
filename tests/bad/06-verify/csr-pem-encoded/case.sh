about='the CSR as base64 of its PEM text'
prepare() {
    openssl req -inform DER -in "$SHELF/customer.der" -out customer.csr
    request csr=customer.csr | encode >request.txt
    rm customer.csr
}
out="✗ csr: 
DER"
