about='a chain that is whole and ends at a root that is not trusted'
prepare() {
    openssl req -x509 -key "$SHELF/other.clear" -days 90 -out inputs/root.pem -subj '/C=US/O=Apple Inc./CN=Apple Root CA' \
        -addext keyUsage=critical,keyCertSign
    cp inputs/root.pem "$SHELF/ca/forged-$$.pem"
    cp "$SHELF/other.clear" "$SHELF/ca/forged-$$.key"
    issue "forged-$$" "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" >inputs/mdm.cer
}
err="the chain ends at 'C=US,O=Apple Inc.,CN=Apple Root CA', which is self-signed and not a trusted root"
