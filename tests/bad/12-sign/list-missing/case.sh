about='--from names a list that is not there'
run() { mdm sign --from nothing.list --output-dir out; }
err='nothing.list
No such file'
