about='the attributes of the CSR cannot be read: it would be signed in vain'
prepare() { csr_with_attributes 020105 "$SHELF/customer.clear" >customer.csr; }
run() { mdm sign customer.csr -o out; }
status=5
err="the attributes of 'customer.csr' cannot be read
hint: A new one is needed, made where the key is to stay"
