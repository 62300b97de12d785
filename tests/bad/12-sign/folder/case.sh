about='a folder of CSRs where a CSR is due'
reports=system   # the system's words say it all
prepare() { mkdir all; }
run() { mdm sign all -o out.txt; }
err="all
folder"
