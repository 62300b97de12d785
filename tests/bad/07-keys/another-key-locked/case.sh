about='the same, and the file does not show whose key it is'
prepare() {
    openssl pkcs8 -topk8 -in "$SHELF/other.clear" -iter 2048 -passout "pass:$VENDOR_PASSWORD" -out outputs/vendor.key
    chmod 600 outputs/vendor.key
}
status=5
err="'inputs/mdm.cer' was not issued for 'outputs/vendor.key'"
