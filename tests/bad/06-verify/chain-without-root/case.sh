about='the root is missing'
prepare() {
    chain_of "$SHELF/vendor.pem" "$SHELF/ca/wwdrg3.pem"
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ chain trust: the chain in the request lacks 'C=US,O=Practice Apple Inc.,OU=PRACTICE Certification Authority,CN=PRACTICE Root CA': the portal wants all of it"
