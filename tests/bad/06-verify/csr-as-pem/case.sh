about='the CSR as PEM text inside the request'
prepare() {
    openssl req -inform DER -in "$SHELF/customer.der" -out customer.csr
    request | perl -0pe 'BEGIN { local $/; open F, "customer.csr"; $pem = <F> } s|(PushCertRequestCSR</key>\n<string>)[^<]*|$1$pem|' | encode >request.txt
    rm customer.csr
}
out="✗ csr: PushCertRequestCSR is PEM text, but the base64 of the DER form is expected"
