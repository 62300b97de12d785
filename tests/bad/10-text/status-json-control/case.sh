about='the same in the JSON of status: control'
prepare() { vendor_cert --fault cn-control; }
run() { mdm status --json; }
status=0
out='"certificates"'
check() { is_json "$ROOM/out"; }
