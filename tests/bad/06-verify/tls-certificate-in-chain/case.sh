about='a certificate for a web server stands where the vendor certificate is expected'
prepare() {
    { issue wwdrg3 "$SHELF/vendor.clear" '/CN=www.example.com' "${VENDOR_MARKS[@]:0:2}" extendedKeyUsage=serverAuth,clientAuth; cat "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem"; } >chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out='✗ vendor certificate: 
of another type than "MDM CSR"
✓ signature: '
