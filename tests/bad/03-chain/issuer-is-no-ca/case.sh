about='issued by a certificate that may not issue any: a push certificate'
prepare() {
    cp "$SHELF/ca/wwdrg9.pem" inputs/
    issue wwdrg9 "$SHELF/other.clear" '/CN=Not a CA' 'basicConstraints=critical,CA:FALSE' 'subjectKeyIdentifier=hash' >"$SHELF/ca/leaf-$$.pem"
    cp "$SHELF/other.clear" "$SHELF/ca/leaf-$$.key"
    issue "leaf-$$" "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" >inputs/mdm.cer
    cp "$SHELF/ca/leaf-$$.pem" inputs/leaf.pem
}
err='CN=Not a CA'
