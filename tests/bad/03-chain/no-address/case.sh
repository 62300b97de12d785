about='an unknown intermediate and a certificate that does not say where to get it'
prepare() {
    issue wwdrg9 "$SHELF/vendor.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}" >inputs/mdm.cer
}
err='OU=G9,
hint: Look for it at https://www.apple.com/certificateauthority/'
