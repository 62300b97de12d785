about='a key of another kind: ed25519'
prepare() { instead "$SHELF/ed25519.clear"; }
status=5
err="outputs/vendor.key
RSA"
not='is not encrypted'
