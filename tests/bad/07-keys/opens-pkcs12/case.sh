about='key and certificate in a PKCS#12, as exported from Keychain Access'
prepare() {
    openssl pkcs12 -export -inkey "$SHELF/vendor.clear" -in "$SHELF/vendor.pem" -passout "pass:$VENDOR_PASSWORD" -out outputs/vendor.key
    chmod 600 outputs/vendor.key
}
status=3
err='outputs/plist_encode'
