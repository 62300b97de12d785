about='the attributes of the CSR have the universal tag 128, which looks like [0] when number and class are mixed'
prepare() { csr_with_attributes '' "$SHELF/customer.clear" 1f8100 >customer.csr; }
run() { mdm sign customer.csr -o out; }
status=5
err="the attributes of 'customer.csr' cannot be read
hint: A new one is needed, made where the key is to stay"
