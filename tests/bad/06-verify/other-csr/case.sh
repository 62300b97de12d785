about='the CSR was exchanged after it had been signed'
prepare() {
    openssl req -new -key "$SHELF/other.clear" -subj /CN=Other -outform DER -out other.der
    request csr=other.der over="$SHELF/customer.der" | encode >request.txt
}
out="✗ signature: it does not verify with the vendor certificate: it was made with another key, or over another CSR"
