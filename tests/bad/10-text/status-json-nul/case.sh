about='the same in the JSON of status: nul'
prepare() { vendor_cert --fault cn-nul; }
run() { mdm status --json; }
status=0
out='"certificates"'
check() { is_json "$ROOM/out"; }
