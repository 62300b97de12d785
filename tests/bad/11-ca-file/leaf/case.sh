about='the vendor certificate itself'
prepare() { cp "$SHELF/vendor.pem" "$ROOM/ca"; }
status=1
err="option '--ca-file'
there is no root CA"
