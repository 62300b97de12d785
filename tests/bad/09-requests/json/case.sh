about='the verdict as JSON'
prepare() { request | encode >request.txt; }
run() { mdm verify --json request.txt; }
out='"ok": true'
not='"ok": false'
check() { is_json "$ROOM/out"; }
