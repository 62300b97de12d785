about='the page of a session that had ended, saved as certificate'
prepare() { cp "$SHELF/page.html" push.pem; }
status=1
err="there is neither a private key nor a certificate in 'push.pem': it is a web page (HTML)"
