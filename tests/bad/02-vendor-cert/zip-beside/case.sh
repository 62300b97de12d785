about='a zip under another name is noticed as well'
prepare() { cp "$SHELF/one.zip" inputs/certs.zip; }
err="'inputs/certs.zip' is a ZIP archive, but $DUE"
