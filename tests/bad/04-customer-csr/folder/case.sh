about='a folder'
prepare() { mkdir inputs/customer.csr; }
status=1
err="'inputs/customer.csr' is a folder, not a file"
