about='a CSR with a line missing'
prepare() { own other; sed 4d inputs/customer.csr >half; mv half inputs/customer.csr; }
status=1
err='inputs/customer.csr
is damaged'
