about='the text of "openssl x509 -text" before it'
prepare() { openssl x509 -in "$SHELF/vendor.pem" -text | saved mdm.cer; }
