about='a file that we may not read'
prepare() {
    cp "$SHELF/vendor.cer" inputs/mdm.cer
    chmod 000 inputs/mdm.cer
    drop_root
}
run() { unprivileged; }
status=1
err="'inputs/mdm.cer' cannot be read: Permission denied"
