about='the intermediate in the file is expired, its renewal of the same name and key in inputs/, as that of WWDR in 2013'
prepare() {
    vendor_cert --fault ca-expired
    cat "$SHELF/ca/root.pem" "$SHELF/ca/wwdrg1.pem" >"$ROOM/ca"
    issue root "$SHELF/ca/wwdrg1.key" '/CN=PRACTICE Worldwide Developer Relations Certification Authority/OU=G1/O=Practice Apple Inc./C=US' \
        basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash >inputs/renewed.pem
}
status=3
err='outputs/plist_encode'
