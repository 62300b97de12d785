about='a certificate for a web server stands where the vendor certificate is expected'
prepare() { { issue wwdrg3 "$SHELF/vendor.clear" '/CN=www.example.com' "${VENDOR_MARKS[@]:0:2}" extendedKeyUsage=serverAuth,clientAuth; issuers; } | with_chain; }
out='✗ vendor certificate: 
of another type than "MDM CSR"
✓ signature: '
