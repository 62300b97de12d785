about='a CSR that ends in its middle'
prepare() { own other; head -n 6 inputs/customer.csr >half; mv half inputs/customer.csr; }
status=1
err='inputs/customer.csr
is cut off'
