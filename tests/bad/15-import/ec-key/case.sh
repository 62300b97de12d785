about='an EC key'
prepare() { cp "$SHELF/ec.clear" push.key; }
WHAT='push.key'
err="the private key in 'push.key' is of type EC: expected RSA"
