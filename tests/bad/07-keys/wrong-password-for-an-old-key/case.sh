about='the wrong password for a key as openssl 1.x wrote it'
prepare() {
    openssl rsa -in "$SHELF/vendor.clear" -traditional -des3 -passout pass:another -out outputs/vendor.key
    chmod 600 outputs/vendor.key
}
status=1
err="outputs/vendor.key
password"
