about='the whole chain in one file, the root first'
prepare() { cat "$SHELF/ca/root.pem" "$SHELF/ca/wwdrg3.pem" "$SHELF/vendor.pem" | saved mdm.cer; }
