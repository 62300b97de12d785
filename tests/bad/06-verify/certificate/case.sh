about='the vendor certificate was to be uploaded'
prepare() { cp "$SHELF/vendor.cer" request.txt; }
status=1
out="✗ base64: it is a certificate, not a push certificate request
$REFUSED"
