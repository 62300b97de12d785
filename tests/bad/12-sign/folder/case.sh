about='a folder of CSRs where a CSR is due'
prepare() { mkdir all; }
run() { mdm sign all -o out.txt; }
status=1
err="all
folder"
