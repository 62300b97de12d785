about='no newline at the end'
prepare() { printf %s "$(cat "$SHELF/vendor.pem")" | saved mdm.cer; }
