about='a key as "openssl genrsa -des3" of OpenSSL 1.x and mdmctl wrote it'
prepare() {
    openssl rsa -in "$SHELF/vendor.clear" -traditional -des3 -passout "pass:$VENDOR_PASSWORD" -out outputs/vendor.key
    chmod 600 outputs/vendor.key
}
status=3
err='outputs/plist_encode'
