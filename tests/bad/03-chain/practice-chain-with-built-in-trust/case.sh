about="a rehearsal's chain put into inputs/ does not help: its root is none of Apple's"
prepare() {
    vendor_cert
    cat "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem" >inputs/chain.pem
}
run() { built_in; }
err='PRACTICE Root CA
is self-signed and not a trusted root'
