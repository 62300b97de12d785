about='the private key went into the chain: whoever gets the file has the key'
prepare() { with_chain "$SHELF/chain.pem" "$SHELF/vendor.clear"; }
out='✗ chain: there is a block "PRIVATE KEY" in the chain
hint: Do not upload it'
