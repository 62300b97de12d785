about='signed with the key of a web server (grinich/mdmvendorsign#2)'
prepare() { request sign="$SHELF/other.clear" | encode >request.txt; }
out="✗ signature: it does not verify with the vendor certificate: it was made with another key
$REFUSED"
