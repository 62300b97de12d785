about='the push certificate in the chain where the vendor certificate is expected'
prepare() {
    { cat "$SHELF/push.pem"; echo; cat "$SHELF/ca/aai2.pem" "$SHELF/ca/root.pem"; } >chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out='✗ vendor certificate: 
is a push certificate, but the vendor certificate is expected'
