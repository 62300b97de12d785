about='an empty file'
prepare() { : >inputs/customer.csr; }
status=1
err="'inputs/customer.csr' is an empty file, $DUE"
