about='--output-dir names a file'
prepare() { requests a; : >out; }
run() { mdm sign --output-dir out a.csr; }
err="out"
not='work folder'
