about='the CSR in place of key and certificate'
prepare() { cp "$SHELF/step2/outputs/customer.csr" .; }
WHAT='customer.csr'
err="'customer.csr' holds a CSR, but there is no private key and no certificate
hint: Add the MDM push certificate"
