about='an intermediate whose basicConstraints are not critical, as RFC 5280 (4.2.1.9) has them'
prepare() {
    issue root "$SHELF/other.clear" '/CN=Lax' basicConstraints=CA:TRUE keyUsage=critical,keyCertSign subjectKeyIdentifier=hash >inputs/lax.pem
    cp inputs/lax.pem "$SHELF/ca/lax-$$.pem"
    cp "$SHELF/other.clear" "$SHELF/ca/lax-$$.key"
    issue "lax-$$" "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" >inputs/mdm.cer
}
err="'CN=Lax' is not acceptable"
