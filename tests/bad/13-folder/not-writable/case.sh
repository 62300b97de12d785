about='a folder that we may not write to'
prepare() { chmod 500 .; ! : 2>/dev/null >x || { rm x; chmod 700 .; skip "root writes everywhere"; }; }
status=1
err='Permission denied'
check() { chmod 700 .; }
