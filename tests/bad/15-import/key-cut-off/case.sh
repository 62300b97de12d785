about='a key file that ends in its middle'
prepare() { cp "$SHELF/push.pem" push.pem; head -n 12 "$SHELF/customer.clear" >push.key; }
WHAT='push.pem push.key'
status=1
err="the private key in 'push.key' is damaged or incomplete"
