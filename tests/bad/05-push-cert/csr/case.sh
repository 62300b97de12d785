about='the CSR lies where the push certificate is due'
prepare() { cp outputs/customer.csr "$CERT"; }
err="is a certificate signing request (CSR), but $DUE"
