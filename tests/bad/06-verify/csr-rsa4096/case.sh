about='the CSR is for a key that the portal does not take: rsa4096'
prepare() {
    openssl req -new -key "$SHELF/rsa4096.clear" -subj /CN=Customer -outform DER -out key.der
    request csr=key.der | encode >request.txt
}
status=5
out="✗ csr key: the CSR's key is RSA 4096; the portal accepts only RSA 2048
✓ signature: "
