about='a key file that we may not read: no new key is made in its place'
prepare() {
    chmod 000 outputs/vendor.key
    drop_root
}
run() { unprivileged; }
err="'outputs/vendor.key' cannot be read: Permission denied"
