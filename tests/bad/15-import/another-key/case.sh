about='key and certificate of two different servers'
prepare() { cp "$SHELF/push.pem" push.pem; cp "$SHELF/other.clear" push.key; }
WHAT='push.key push.pem'
err="the key in 'push.key' (
does not belong to the certificate of 'APSP:
in 'push.pem', whose public key"
