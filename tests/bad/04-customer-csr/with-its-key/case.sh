about='the customer sent the private key along with the CSR'
prepare() { own other; cat "$SHELF/other.clear" >>inputs/customer.csr; }
status=0 writes=yes
err="warning: 'inputs/customer.csr' also holds a private key"
