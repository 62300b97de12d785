about='vendor certificate and root, and nothing between ("Signing Certificate Chain Missing")'
prepare() {
    chain_of "$SHELF/vendor.pem" "$SHELF/ca/root.pem"
    request chain=chain.pem | encode >request.txt
}
status=5
out="! chain order: certificate 1,
✗ chain trust: the chain in the request lacks
OU=G3"
