about='--output-dir below a folder that is not there'
reports=system   # the system's words say it all
prepare() { requests a; }
run() { mdm sign --output-dir none/out a.csr; }
err='none/out'
