about='base64 with characters that are none of it'
prepare() { request | encode | sed 's/^..../a~!b/' >request.txt; }
status=1
out="✗ base64: it is not base64
$REFUSED"
