about="Apple's sample: CSR, chain, signature; the chain begins and ends with a newline"
prepare() {
    { echo; cat "$SHELF/chain.pem"; } >chain.pem
    request chain=chain.pem | encode 64 >request.txt
}
