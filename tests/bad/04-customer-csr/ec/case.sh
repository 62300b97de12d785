about='a CSR for an elliptic curve key'
prepare() { own ec; }
status=5
err='inputs/customer.csr
EC
2048
mdmvendor csr'
