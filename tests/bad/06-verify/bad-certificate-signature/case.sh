about='a forged vendor certificate'
prepare() {
    (cd "$ROOM" && mkdir -p v/inputs && cp -R "$SHELF/step1/outputs" v/ && cd v && vendor_cert --fault bad-signature)
    pem_of "$ROOM/v/inputs/mdm.cer" >chain.pem
    cat "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem" >>chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out='✗ chain trust: the signature of the certificate
does not match its issuer'
