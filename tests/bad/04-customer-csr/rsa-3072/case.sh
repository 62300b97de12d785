about='a CSR for an RSA key of 3072 bits ("CSR algorithm/size incorrect. Expected: RSA(2048)")'
prepare() { own rsa3072; }
err="inputs/customer.csr
3072 bits
2048
mdmvendor csr"
