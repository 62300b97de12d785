about="the old script's vendor key is damaged"
prepare() {
    mkdir inputs
    openssl rsa -in "$SHELF/vendor.clear" -traditional -des3 -passout "pass:$VENDOR_PASSWORD" -out key
    sed 5d key >vendorPrivateKey.pem
    rm key
    cp "$SHELF/step1/outputs/vendor.csr" .
}
err='vendorPrivateKey.pem'
writes=yes   # vendor.csr is taken over before
