about='a private key without a password among the downloads'
prepare() { cp "$SHELF/other.clear" inputs/key.pem; }
err="'inputs/key.pem' is a private key, but the MDM vendor certificate is expected here"
