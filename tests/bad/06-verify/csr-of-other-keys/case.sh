about='the CSR is for a key that the portal does not take'
prepare() {
    for kind in ec rsa1024 rsa3072 rsa4096; do
        openssl req -new -key "$SHELF/$kind.clear" -subj /CN=Customer -outform DER -out key.der
        request csr=key.der | encode >$kind.txt
    done
}
run() { mdm verify ec.txt rsa1024.txt rsa3072.txt rsa4096.txt; }
out="✗ csr key: the CSR's key is not RSA; the portal accepts only RSA 2048
✗ csr key: the CSR's key is RSA 1024; the portal accepts only RSA 2048
✗ csr key: the CSR's key is RSA 3072; the portal accepts only RSA 2048
✗ csr key: the CSR's key is RSA 4096; the portal accepts only RSA 2048"
check() { [ "$(grep -c '✓ signature: ' "$ROOM/out")" -eq 4 ]; }
