about='the vendor certificate itself'
prepare() { cp "$SHELF/vendor.pem" "$ROOM/ca"; }
err="option '--ca-file'
there is no root CA"
