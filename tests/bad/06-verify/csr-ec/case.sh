about='the CSR is for a key that the portal does not take: ec'
prepare() {
    openssl req -new -key "$SHELF/ec.clear" -subj /CN=Customer -outform DER -out key.der
    request csr=key.der | encode >request.txt
}
status=5
out="✗ csr key: the CSR's key is not RSA; the portal accepts only RSA 2048
✓ signature: "
