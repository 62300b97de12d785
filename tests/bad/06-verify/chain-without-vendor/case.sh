about='CA certificates alone'
prepare() {
    chain_of "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem"
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ chain order: there are only CA certificates in the chain, and no vendor certificate"
