about='root before intermediate'
prepare() {
    chain_of "$SHELF/vendor.pem" "$SHELF/ca/root.pem" "$SHELF/ca/wwdrg3.pem"
    request chain=chain.pem | encode >request.txt
}
status=0
out="! chain order: certificate 1,
was not issued by the next"
