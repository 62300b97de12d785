about='an expired intermediate is told apart from an expired vendor certificate'
prepare() {
    vendor_cert --fault ca-expired
    cp "$SHELF/ca/wwdrg1.pem" inputs/
}
status=6
err='the intermediate CA certificate
OU=G1,
expired on
apple.com/certificateauthority'
not='error: the vendor certificate'
