about='the attributes of the CSR cannot be read, although its signature is right'
prepare() {
    csr_with_attributes 020105 "$SHELF/customer.clear" >one.der
    request csr=one.der | encode >request.txt
}
out="✗ csr: the CSR's attributes cannot be read
✓ csr signature: 
✓ signature: "
