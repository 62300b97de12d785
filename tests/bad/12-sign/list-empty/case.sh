about='--from names an empty list'
prepare() { : >empty.list; }
run() { mdm sign --from empty.list --output-dir out; }
status=1
err='empty.list'
