about='a request that ends in its middle'
prepare() { request | encode | head -c 4000 >request.txt; }
status=1
out="✗ plist: 
$REFUSED"
