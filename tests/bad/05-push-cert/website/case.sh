about='the certificate of a web server'
prepare() { cp "$SHELF/website.pem" "$CERT"; }
status=5
err="is a certificate of another kind
www.example.com
$DUE"
