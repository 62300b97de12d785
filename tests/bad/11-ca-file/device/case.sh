about='an endless device'
prepare() { ln -s /dev/zero "$ROOM/ca"; }
status=1
err="option '--ca-file'"
