about='a CSR for an RSA key of 4096 bits ("CSR algorithm/size incorrect. Expected: RSA(2048)")'
prepare() { own rsa4096; }
err="inputs/customer.csr
4096 bits
2048
mdmvendor csr"
