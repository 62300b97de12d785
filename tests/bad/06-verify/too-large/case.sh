about='more than 1 MiB'
reports=error
prepare() { dd if=/dev/zero of=request.txt bs=65536 count=17 2>/dev/null; }
status=1
err="request.txt
is too large: more than 1 MiB"
