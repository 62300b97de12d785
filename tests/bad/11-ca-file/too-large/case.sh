about='more than 1 MiB'
prepare() { dd if=/dev/zero of="$ROOM/ca" bs=65536 count=17 2>/dev/null; }
err="option '--ca-file'
is too large: more than 1 MiB"
