about="Apple's root was saved as mdm.cer"
prepare() { openssl x509 -in "$SHELF/ca/root.pem" -outform DER -out inputs/mdm.cer; }
err="is a CA certificate (a root), but $DUE"
