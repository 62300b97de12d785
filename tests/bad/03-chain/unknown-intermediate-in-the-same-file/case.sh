about='the missing intermediate behind the vendor certificate, in one file'
prepare() {
    vendor_cert --fault unknown-issuer
    pem_of inputs/mdm.cer >inputs/chain.pem
    cat "$SHELF/ca/wwdrg9.pem" >>inputs/chain.pem
    rm inputs/mdm.cer
}
status=3
err='outputs/plist_encode'
check() { mdm verify; }
