about='a file that we may not read'
prepare() {
    push_cert
    chmod 000 "$CERT"
    drop_root
}
run() { unprivileged; }
status=1
err="'inputs/MDM_Certificate.pem' cannot be read: Permission denied"
