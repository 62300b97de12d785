about="a certificate lies where the customer's CSR is due"
prepare() { cp "$SHELF/push.pem" inputs/customer.csr; }
err="'inputs/customer.csr' is a certificate, $DUE"
