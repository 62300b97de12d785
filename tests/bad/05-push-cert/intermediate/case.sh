about="Apple's intermediate"
prepare() { cp "$SHELF/ca/aai2.pem" "$CERT"; }
status=5
err="is a CA certificate (an intermediate), but $DUE"
