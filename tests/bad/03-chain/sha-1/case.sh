about='a vendor certificate signed with SHA-1, as before 2021, is no longer taken'
prepare() {
    openssl x509 -new -force_pubkey "$SHELF/vendor.pub" -subj "$VENDOR_SUBJECT" -days 90 -sha1 -set_serial 5 \
        -CA "$SHELF/ca/wwdrg3.pem" -CAkey "$SHELF/ca/wwdrg3.key" -out inputs/mdm.cer 2>/dev/null || skip "SHA-1 signatures cannot be made here"
}
err='is not acceptable: CA signature digest algorithm too weak'
