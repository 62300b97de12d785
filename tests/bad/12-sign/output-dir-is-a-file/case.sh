about='--output-dir names a file'
prepare() { requests a; : >out; }
run() { mdm sign --output-dir out a.csr; }
status=1
err="out"
