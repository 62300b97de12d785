about='a CSR that is not there'
run() { mdm sign nothing.csr -o out.txt; }
status=1
err='nothing.csr
No such file'
