about='the same as JSON'
prepare() { request digest=sha1 | encode >request.txt; }
run() { mdm verify --json request.txt; }
out='"file": "request.txt"
"ok": false
"schema": 1
"level": "fail"
"hint": "Have the CSR signed again
SHA-1'
check() { is_json "$ROOM/out"; }
