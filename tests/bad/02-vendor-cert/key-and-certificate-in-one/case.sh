about='key and certificate in one file: the certificate counts'
prepare() { cat "$SHELF/vendor.clear" "$SHELF/vendor.pem" >inputs/mdm.pem; }
status=3
err='Wrote outputs/plist_encode'
