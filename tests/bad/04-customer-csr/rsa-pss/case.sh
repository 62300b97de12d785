about='a CSR for a key that is bound to RSA-PSS'
prepare() {
    openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key
    openssl req -new -key pss.key -subj '/CN=Customer' -out inputs/customer.csr
    rm pss.key
}
err='inputs/customer.csr
RSA-PSS
2048'
