about='another generation of the intermediate than the one that issued (micromdm#723)'
prepare() {
    chain_of "$SHELF/vendor.pem" "$SHELF/ca/wwdrg4.pem" "$SHELF/ca/root.pem"
    request chain=chain.pem | encode >request.txt
}
status=5
out="! chain order: certificate 1,
OU=G4
✗ chain trust: the chain in the request lacks
OU=G3"
