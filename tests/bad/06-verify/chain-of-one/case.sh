about='the vendor certificate alone'
prepare() { request chain="$SHELF/vendor.pem" | encode >request.txt; }
out="✗ chain trust: the chain in the request lacks"
