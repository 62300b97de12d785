about='the vendor has an EC key: Apple takes RSA signatures only'
prepare() {
    { issue wwdrg3 "$SHELF/ec.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}"; issuers; } >chain.pem
    request chain=chain.pem sign="$SHELF/ec.clear" | encode >request.txt
}
out="✗ vendor certificate: 
has a key that is not RSA
✓ chain trust: complete
$REFUSED"
