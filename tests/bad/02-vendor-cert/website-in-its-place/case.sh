about='the certificate of a web server lies where mdm.cer is due (grinich/mdmvendorsign#2)'
prepare() { cp "$SHELF/website.pem" inputs/mdm.cer; }
err="is a certificate of another kind
www.example.com
$DUE"
