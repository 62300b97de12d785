about='a zip'
prepare() { cp "$SHELF/one.zip" inputs/customer.csr; }
err="'inputs/customer.csr' is a ZIP archive, $DUE"
