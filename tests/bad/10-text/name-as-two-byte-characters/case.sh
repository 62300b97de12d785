about='a name in UTF-16 (BMPString) with half a character in it'
prepare() {
    issue wwdrg9 "$SHELF/vendor.clear" /CN=xxxxxx "${VENDOR_MARKS[@]}" | openssl x509 -outform DER -out "$ROOM/c.der"
    perl -e 'undef $/; $_ = <>; s/\x0c\x06xxxxxx/\x1e\x06\xd8\x00\x00a\x20\x2e/; print' "$ROOM/c.der" >inputs/mdm.cer
}
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate"
