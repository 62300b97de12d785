about='one of three cannot be signed: the other two are, and it is named'
prepare() { requests a c; cp "$SHELF/page.html" b.csr; }
run() { mdm sign --output-dir out a.csr b.csr c.csr; }
status=1
writes=yes
err='b.csr
a web page (HTML)'
check() { mdm verify out/a.plist_encode out/c.plist_encode; [ ! -e out/b.plist_encode ]; }
