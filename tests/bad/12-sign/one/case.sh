about='one CSR'
prepare() { requests acme; }
run() { mdm sign acme.csr -o acme.txt; }
status=0
check() { mdm verify acme.txt; }
