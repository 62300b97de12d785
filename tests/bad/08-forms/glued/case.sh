about='two certificates glued together without a newline, the right one behind'
prepare() { { printf %s "$(cat "$SHELF/ca/wwdrg3.pem")"; cat "$SHELF/vendor.pem"; } | saved mdm.cer; }
