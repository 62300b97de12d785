about='the text of a mail without the CSR'
prepare() { echo 'Hello, please find the CSR attached.' >inputs/customer.csr; }
status=1
err="'inputs/customer.csr' is a file of unknown type, $DUE"
