about='CA certificates that issue each other in a circle end nowhere'
prepare() {
    local ca='basicConstraints=critical,CA:TRUE' id='subjectKeyIdentifier=hash'
    openssl req -x509 -key "$SHELF/other.clear" -days 90 -subj /CN=A -out "$SHELF/ca/a-$$.pem"
    openssl req -x509 -key "$SHELF/customer.clear" -days 90 -subj /CN=B -out "$SHELF/ca/b-$$.pem"
    cp "$SHELF/other.clear" "$SHELF/ca/a-$$.key"
    cp "$SHELF/customer.clear" "$SHELF/ca/b-$$.key"
    issue "b-$$" "$SHELF/other.clear" /CN=A "$ca" "$id" >inputs/a.pem
    issue "a-$$" "$SHELF/customer.clear" /CN=B "$ca" "$id" >inputs/b.pem
    issue "a-$$" "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" >inputs/mdm.cer
}
err='is not acceptable: '
