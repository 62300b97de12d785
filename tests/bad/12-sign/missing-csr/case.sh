about='a CSR that is not there'
reports=system   # the system's words say it all
run() { mdm sign nothing.csr -o out.txt; }
err='nothing.csr
No such file'
