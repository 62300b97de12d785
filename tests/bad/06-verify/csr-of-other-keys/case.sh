about='the CSR is for a key that the portal does not take'
prepare() {
    for kind in ec rsa1024 rsa3072 rsa4096; do
        openssl req -new -key "$SHELF/$kind.clear" -subj /CN=Customer -outform DER -out key.der
        request csr=key.der | encode >$kind.txt
    done
}
run() { mdm verify ec.txt rsa1024.txt rsa3072.txt rsa4096.txt; }
out="✗ csr key: the key of 'PushCertRequestCSR' is of type EC: expected RSA with 2048 bits
✗ csr key: the key of 'PushCertRequestCSR' has 1024 bits: Apple's portals accept only RSA with 2048 bits
✗ csr key: the key of 'PushCertRequestCSR' has 3072 bits: Apple's portals accept only RSA with 2048 bits
✗ csr key: the key of 'PushCertRequestCSR' has 4096 bits: Apple's portals accept only RSA with 2048 bits"
check() { [ "$(grep -c '✓ signature: ' "$ROOM/out")" -eq 4 ]; }
