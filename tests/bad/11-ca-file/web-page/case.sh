about='a web page'
prepare() { cp "$SHELF/page.html" "$ROOM/ca"; }
err="option '--ca-file'
a web page (HTML)"
