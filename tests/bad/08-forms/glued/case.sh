about='two certificates glued together without a newline'
prepare() { { printf %s "$(cat "$SHELF/vendor.pem")"; cat "$SHELF/ca/wwdrg3.pem"; } | saved mdm.cer; }
