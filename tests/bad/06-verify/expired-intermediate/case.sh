about='an expired intermediate is told apart from an expired vendor certificate'
prepare() {
    (cd "$ROOM" && mkdir -p v/inputs && cp -R "$SHELF/step1/outputs" v/ && cd v && vendor_cert --fault ca-expired)
    pem_of "$ROOM/v/inputs/mdm.cer" >chain.pem
    cat "$SHELF/ca/wwdrg1.pem" "$SHELF/ca/root.pem" >>chain.pem
    request chain=chain.pem | encode >request.txt
}
status=6
out="✗ dates: the intermediate CA certificate
OU=G1"
