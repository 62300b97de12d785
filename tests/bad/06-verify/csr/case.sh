about='the vendor CSR was to be uploaded ("Invalid Certificate Signing Request", micromdm#796)'
prepare() { cp "$SHELF/step1/outputs/vendor.csr" request.txt; }
status=1
out="✗ base64: it is a certificate signing request (CSR), not a push certificate request
vendor.csr belongs at developer.apple.com
$REFUSED"
