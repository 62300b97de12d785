about='a list that names a file that is not there'
prepare() { requests a; printf 'a.csr\nb.csr\n' >list; }
run() { mdm sign --from list --output-dir out; }
status=1
writes=yes
err='b.csr
No such file'
check() { mdm verify out/a.plist_encode; }
