about='indented, as copied out of a mail'
prepare() { sed 's/^/    /' "$SHELF/vendor.pem" | saved mdm.cer; }
