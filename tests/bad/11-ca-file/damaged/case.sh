about='a bundle with a line missing'
prepare() { sed 5d "$SHELF/ca.pem" >"$ROOM/ca"; }
err="option '--ca-file'
certificate 1"
