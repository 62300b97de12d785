about='root, intermediate, vendor certificate: the wrong way round'
prepare() {
    chain_of "$SHELF/ca/root.pem" "$SHELF/ca/wwdrg3.pem" "$SHELF/vendor.pem"
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ chain order: the first certificate is
the order must be vendor certificate, intermediate, root"
