about='encoded twice'
prepare() { request | encode | encode >request.txt; }
status=1
out="✗ plist: 
a push certificate request (plist_encode)
$REFUSED"
