about='a certificate where the CSR is due'
prepare() {
    cp "$SHELF/vendor.cer" cert.der
    request csr=cert.der | encode >request.txt
}
out="✗ csr: 
it is a certificate"
