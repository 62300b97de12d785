about='a CSR in DER that ends in its middle'
prepare() { head -c 400 "$SHELF/customer.der" >inputs/customer.csr; }
status=1
err="'inputs/customer.csr'
incomplete"
