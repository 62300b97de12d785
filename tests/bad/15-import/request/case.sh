about='the signed request in place of the certificate'
prepare() { cp "$SHELF/step2/outputs/plist_encode.txt" .; }
WHAT='plist_encode.txt'
status=1
err="there is neither a private key nor a certificate in 'plist_encode.txt': it is a push certificate request
hint: Name the files"
