about="the wrong password for the old script's key"
prepare() {
    mkdir inputs
    openssl rsa -in "$SHELF/vendor.clear" -traditional -des3 -passout pass:another -out vendorPrivateKey.pem
    cp "$SHELF/step1/outputs/vendor.csr" .
}
err="vendorPrivateKey.pem
password
hint: If it is lost, move 'vendorPrivateKey.pem' out of this folder and run the command again"
check() { # the right password, later
    [ ! -e outputs/vendor.key ]
    (umask 077; echo another >"$ROOM/pass")
    "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$ROOM/pass" </dev/null || [ $? -eq 3 ]
    openssl pkey -in outputs/vendor.key -passin pass:another -noout
}
