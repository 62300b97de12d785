about='a name in UTF-16 (BMPString) with half a character in it'
prepare() {
    issue wwdrg9 "$SHELF/vendor.clear" /CN=xxxxxx "${VENDOR_MARKS[@]}" | openssl x509 -outform DER -out c.der
    perl -e 'undef $/; $_ = <>; s/\x0c\x06xxxxxx/\x1e\x06\xd8\x00\x00a\x20\x2e/; print' c.der >inputs/mdm.cer
    rm c.der
}
status=5
err='that CA certificate is missing'
