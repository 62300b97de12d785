about="the system's bundle does not make a practice certificate trusted"
prepare() {
    for f in /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem; do [ ! -f $f ] || cp $f "$ROOM/ca"; done
    [ -f "$ROOM/ca" ] || skip "no bundle of the system here"
}
status=5
err='that CA certificate is missing'
