about='a zip'
prepare() { cp "$SHELF/one.zip" inputs/customer.csr; }
status=5
err="'inputs/customer.csr' is a ZIP archive, $DUE"
