about="Apple's own G3, G4 and G5 in inputs/ disturb nothing and are not used for another issuer"
prepare() {
    vendor_cert --fault unknown-issuer
    cp "$HERE"/../../data/apple/AppleWWDRCAG[345].cer "$HERE/../../data/apple/AppleRootCA.cer" inputs/
}
run() { built_in; }
err='OU=G9,
that CA certificate is missing'
