about='a file that we may not read'
prepare() {
    push_cert
    chmod 000 "$CERT"
    [ ! -r "$CERT" ] || skip "root reads everything"
}
status=1
err="'inputs/MDM_Certificate.pem' cannot be read: Permission denied"
