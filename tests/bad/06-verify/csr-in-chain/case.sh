about='a CSR among the certificates of the chain'
prepare() { openssl req -inform DER -in "$SHELF/customer.der" | cat "$SHELF/chain.pem" - | with_chain; }
out='✗ chain: there is a block "CERTIFICATE REQUEST" in the chain'
