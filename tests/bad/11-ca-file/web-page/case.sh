about='a web page'
prepare() { cp "$SHELF/page.html" "$ROOM/ca"; }
status=1
err="option '--ca-file'
a web page (HTML)"
