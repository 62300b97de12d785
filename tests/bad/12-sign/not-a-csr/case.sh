about='a certificate where a CSR is due'
prepare() { cp "$SHELF/push.pem" acme.csr; }
run() { mdm sign acme.csr -o acme.txt; }
err='acme.csr
is not a certificate signing request: it is a certificate'
