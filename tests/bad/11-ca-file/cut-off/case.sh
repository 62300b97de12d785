about='a bundle that is cut off'
prepare() { head -n 30 "$SHELF/ca.pem" >"$ROOM/ca"; }
err="option '--ca-file'
certificate 2
cut off"
