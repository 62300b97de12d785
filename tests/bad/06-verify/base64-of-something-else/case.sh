about='base64 of a web page'
prepare() { encode <"$SHELF/page.html" >request.txt; }
status=1
out="✗ plist: 
a web page (HTML)
$REFUSED"
