about='something stands behind the last certificate'
prepare() {
    { cat "$SHELF/chain.pem"; echo 'EOF'; } >chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ chain: the chain holds text that is not a certificate: 'EOF'"
