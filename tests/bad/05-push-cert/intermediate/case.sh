about="Apple's intermediate"
prepare() { cp "$SHELF/ca/aai2.pem" "$CERT"; }
err="is a CA certificate (an intermediate), but $DUE"
