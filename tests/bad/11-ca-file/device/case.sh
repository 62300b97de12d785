about='an endless device'
prepare() { ln -s /dev/zero "$ROOM/ca"; }
err="option '--ca-file'"
