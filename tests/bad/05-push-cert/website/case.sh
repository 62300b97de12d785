about='the certificate of a web server'
prepare() { cp "$SHELF/website.pem" "$CERT"; }
err="is a certificate of another kind
www.example.com
$DUE"
