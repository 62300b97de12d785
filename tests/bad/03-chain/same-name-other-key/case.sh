about='an intermediate of the same name, made by somebody else, is not taken for the right one'
prepare() {
    openssl req -x509 -key "$SHELF/other.clear" -days 90 -out inputs/impostor.pem \
        -subj '/CN=PRACTICE Worldwide Developer Relations Certification Authority/OU=G9/O=Practice Apple Inc./C=US'
    vendor_cert --fault unknown-issuer
}
err='that CA certificate is missing'
