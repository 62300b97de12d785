about='a web page'
prepare() { cp "$SHELF/page.html" request.txt; }
status=1
out="✗ base64: it is a web page (HTML), not a push certificate request
hint: It is another file.
$REFUSED"
