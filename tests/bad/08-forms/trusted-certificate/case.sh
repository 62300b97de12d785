about='"TRUSTED CERTIFICATE", as OpenSSL writes it with -trustout'
prepare() { openssl x509 -in "$SHELF/vendor.pem" -trustout | saved mdm.cer; }
