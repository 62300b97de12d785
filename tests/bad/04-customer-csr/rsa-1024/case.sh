about='a CSR for an RSA key of 1024 bits ("CSR algorithm/size incorrect. Expected: RSA(2048)")'
prepare() { own rsa1024; }
err="inputs/customer.csr
1024 bits
2048
mdmvendor csr"
