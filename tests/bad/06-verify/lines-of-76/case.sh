about='PEM lines of 76 characters'
prepare() {
    { echo '-----BEGIN CERTIFICATE-----'; base64_of "$SHELF/vendor.cer" 76; echo '-----END CERTIFICATE-----'; cat "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem"; } >chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ pem lines: line 1 of certificate 1 has 76 characters; all but the last must have 64"
