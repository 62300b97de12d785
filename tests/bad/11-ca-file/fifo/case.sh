about='a named pipe that nobody writes to'
prepare() { mkfifo "$ROOM/ca"; }
status=1
err="option '--ca-file'"
