about='a CSR that was changed after the customer had made it'
prepare() {
    LC_ALL=C sed 's/MDM Push/MDM Fish/' "$SHELF/customer.der" >tampered.der
    request csr=tampered.der | encode >request.txt
}
out="✗ csr signature: 
the CSR is damaged or was changed
✓ signature: "
