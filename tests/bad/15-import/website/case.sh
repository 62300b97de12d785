about='key and certificate of a web server'
prepare() { cp "$SHELF/website.pem" push.pem; cp "$SHELF/other.clear" push.key; }
WHAT='push.key push.pem'
err="'push.pem' does not hold an MDM push certificate but one of another kind ('CN=www.example.com'
com.apple.mgmt."
