about='a certificate that signed itself'
prepare() {
    openssl req -x509 -key "$SHELF/customer.clear" -subj '/UID=com.apple.mgmt.External.1/CN=APSP:1' -days 90 \
        -addext basicConstraints=CA:FALSE -out push.pem
}
err="in 'push.pem' is self-signed: Apple did not issue it"
