about='an empty file'
prepare() { : >"$ROOM/ca"; }
err="option '--ca-file'
an empty file"
