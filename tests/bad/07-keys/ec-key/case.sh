about='a key of another kind: ec'
prepare() { instead "$SHELF/ec.clear"; }
status=5
err="outputs/vendor.key
RSA"
not='is not encrypted'
