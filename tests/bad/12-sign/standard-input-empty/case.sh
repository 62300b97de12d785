about='an empty standard input'
run() { mdm sign - ; }
err='standard input'
