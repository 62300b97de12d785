about='the same in the JSON of status: bidi'
prepare() { vendor_cert --fault cn-bidi; }
run() { mdm status --json; }
status=0
out='"certificates"'
check() { is_json "$ROOM/out"; }
