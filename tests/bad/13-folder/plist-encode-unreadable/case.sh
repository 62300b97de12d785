about='a plist_encode that we may not read'
from=step2
prepare() {
    chmod 000 outputs/plist_encode
    drop_root
}
run() { unprivileged; }
err="'outputs/plist_encode' cannot be read: Permission denied"
