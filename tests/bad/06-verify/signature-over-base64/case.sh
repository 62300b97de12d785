about="the signature was made over the CSR's base64 text"
prepare() {
    openssl base64 -A -in "$SHELF/customer.der" -out text
    request over=text | encode >request.txt
}
out="✗ signature: it was made over the CSR's base64 text, but the DER form is expected"
