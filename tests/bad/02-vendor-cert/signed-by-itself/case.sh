about='a certificate that the vendor key signed itself'
prepare() { openssl req -x509 -key "$SHELF/vendor.clear" -subj "$VENDOR_SUBJECT" -days 90 -addext basicConstraints=critical,CA:FALSE -out inputs/mdm.cer; }
err='is self-signed
developer.apple.com'
