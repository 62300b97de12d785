about='the private key went into the chain: whoever gets the file has the key'
prepare() {
    chain_of "$SHELF/chain.pem" "$SHELF/vendor.clear"
    request chain=chain.pem | encode >request.txt
}
status=5
out='✗ chain: there is a block "PRIVATE KEY" in the chain
hint: Do not upload it'
