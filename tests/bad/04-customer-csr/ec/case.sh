about='a CSR for an elliptic curve key'
prepare() { own ec; }
err='inputs/customer.csr
EC
2048
mdmvendor csr'
run() { mdm -C "$PWD" 4; }
not=' -C '
