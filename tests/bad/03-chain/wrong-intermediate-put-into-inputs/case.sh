about='another generation of the intermediate does not help (micromdm#723: old WWDR under a G3-issued certificate)'
prepare() {
    vendor_cert --fault unknown-issuer
    cp "$SHELF/ca/wwdrg4.pem" inputs/AppleWWDRCA.pem
}
err='OU=G9,
that CA certificate is missing
wwdrg9.der'
