about='the missing intermediate put into inputs/ is used'
prepare() {
    vendor_cert --fault unknown-issuer
    openssl x509 -in "$SHELF/ca/wwdrg9.pem" -outform DER -out "inputs/wwdrg9.der"
}
status=3
err='outputs/plist_encode'
check() {
    openssl base64 -d -A -in outputs/plist_encode | grep -c 'BEGIN CERTIFICATE' | grep -qx 3
    mdm verify
}
