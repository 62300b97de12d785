about='a web page'
prepare() { cp "$SHELF/page.html" inputs/customer.csr; }
err="'inputs/customer.csr' is a web page (HTML), $DUE"
