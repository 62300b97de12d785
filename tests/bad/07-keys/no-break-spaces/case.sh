about='a key copied from a web page, with no-break spaces at the ends of its lines'
prepare() {
    openssl rsa -traditional -aes256 -in "$SHELF/vendor.clear" -passout "pass:$VENDOR_PASSWORD" | sed 's/[A-Za-z0-9+/=]$/&\xc2\xa0/' >outputs/vendor.key
    chmod 600 outputs/vendor.key
}
status=3
err='outputs/plist_encode'
