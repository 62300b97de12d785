about='the same as JSON'
run() { mdm status --at 2036-01-01 --json; }
out='"warnings"
expired on'
check() { is_json "$ROOM/out"; }
