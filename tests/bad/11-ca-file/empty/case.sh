about='an empty file'
prepare() { : >"$ROOM/ca"; }
status=1
err="option '--ca-file'
an empty file"
