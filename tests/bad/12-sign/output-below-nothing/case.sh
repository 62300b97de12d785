about='-o below a folder that is not there'
prepare() { requests a; }
run() { mdm sign a.csr -o none/out.txt; }
err='none/out.txt'
