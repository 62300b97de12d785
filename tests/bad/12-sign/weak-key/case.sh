about='a CSR of 1024 bits'
prepare() { openssl req -new -key "$SHELF/rsa1024.clear" -subj /CN=x -out x.csr; }
run() { mdm sign x.csr -o x.txt; }
status=5
err='x.csr
1024 bits'
