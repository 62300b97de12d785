about='a CSR among the certificates of the chain'
prepare() {
    openssl req -inform DER -in "$SHELF/customer.der" | cat "$SHELF/chain.pem" - >chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out='✗ chain: there is a block "CERTIFICATE REQUEST" in the chain'
