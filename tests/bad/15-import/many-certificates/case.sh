about='a PKCS #12 file with more certificates than any in use has: each costs time'
prepare() {
    { for _ in {1..257}; do cat "$SHELF/ca/root.pem"; done; cat "$SHELF/push.pem"; } >many.pem
    openssl pkcs12 -export -nokeys -in many.pem -certpbe NONE -passout pass: -out push.p12
    cp "$SHELF/customer.clear" push.key
}
WHAT='push.key push.p12'
status=1
err='there are more than 256 certificates in it'
