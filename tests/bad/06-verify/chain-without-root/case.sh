about='the root is missing'
prepare() { with_chain "$SHELF/vendor.pem" "$SHELF/ca/wwdrg3.pem"; }
out="✗ chain trust: the chain in the request lacks 'C=US,O=Practice Apple Inc.,OU=PRACTICE Certification Authority,CN=PRACTICE Root CA': the portal wants all of it"
