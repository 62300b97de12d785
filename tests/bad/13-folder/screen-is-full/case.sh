about='the result cannot be written'
reports=system   # the system's words say it all
prepare() { [ -c /dev/full ] || skip "no /dev/full here"; }
run() { plain status >/dev/full; }
err='standard output
No space left'
