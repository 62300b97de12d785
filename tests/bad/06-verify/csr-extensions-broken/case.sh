about='the extensions that the CSR asks for cannot be read'
prepare() {
    csr_with_attributes 301206092a864886f70d01090e310530030101ff "$SHELF/customer.clear" >one.der
    request csr=one.der | encode >request.txt
}
out="✗ csr: the CSR's attributes cannot be read
✓ csr signature: "
