about='the vendor has an EC key: Apple takes RSA signatures only'
prepare() {
    { issue wwdrg3 "$SHELF/ec.clear" "$VENDOR_SUBJECT" "${VENDOR_MARKS[@]}"; cat "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem"; } >chain.pem
    request chain=chain.pem sign="$SHELF/ec.clear" | encode >request.txt
}
status=5
out="✗ vendor certificate: 
has a key that is not RSA
✓ chain trust: complete
$REFUSED"
