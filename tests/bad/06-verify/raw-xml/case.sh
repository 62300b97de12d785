about='the property list was to be uploaded without its base64 ("do not upload plist.xml")'
prepare() { request >request.txt; }
status=1
out="✗ base64: it is a plain property list, and the portal accepts only its base64 form
openssl base64
$REFUSED"
