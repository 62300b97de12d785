about='the wrong password for a PKCS#12'
prepare() {
    openssl pkcs12 -export -inkey "$SHELF/vendor.clear" -in "$SHELF/vendor.pem" -passout pass:another -out outputs/vendor.key
    chmod 600 outputs/vendor.key
}
status=1
err="outputs/vendor.key
password"
