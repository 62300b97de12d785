about='-o names a file that is there and is something else: it is not overwritten'
prepare() { requests a; echo precious >out.txt; }
run() { mdm sign a.csr -o out.txt; }
status=1
err="out.txt"
check() { grep -qx precious out.txt; }
