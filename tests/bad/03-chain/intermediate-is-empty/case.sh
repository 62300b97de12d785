about='the intermediate that was fetched is empty'
prepare() {
    vendor_cert --fault unknown-issuer
    : >inputs/wwdrg9.der
}
err='OU=G9,
that CA certificate is missing'
