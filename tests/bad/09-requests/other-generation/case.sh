about='issued by another generation of the intermediate'
prepare() {
    cp -R "$SHELF/step1/outputs" "$ROOM/"
    mkdir "$ROOM/inputs"
    (cd "$ROOM" && vendor_cert --fault other-issuer)
    { pem_of "$ROOM/inputs/mdm.cer"; cat "$SHELF/ca/wwdrg4.pem" "$SHELF/ca/root.pem"; } >chain.pem
    request chain=chain.pem | encode >request.txt
}
