about="the CSR carries the vendor's own key (one CSR used for both)"
prepare() {
    openssl req -in "$SHELF/step1/outputs/vendor.csr" -outform DER -out own.der
    request csr=own.der | encode >request.txt
}
out="✗ keys differ: the CSR holds the vendor's own key: the roles of vendor and customer are mixed up"
