about="the signature was made over the CSR's PEM text"
prepare() {
    openssl req -inform DER -in "$SHELF/customer.der" -out customer.csr
    request over=customer.csr | encode >request.txt
    rm customer.csr
}
out="✗ signature: it was made over the CSR's PEM text, but the DER form is expected
$REFUSED"
