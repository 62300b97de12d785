about='a certificate that ends in its middle'
prepare() { head -n 9 "$SHELF/push.pem" >push.pem; }
status=1
err="'push.pem': 
cut off"
