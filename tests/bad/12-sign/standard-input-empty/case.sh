about='an empty standard input'
run() { mdm sign - ; }
status=1
err='standard input'
