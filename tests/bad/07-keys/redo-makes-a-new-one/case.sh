about='asked for by number, step 1 does make a new key, and keeps what was there'
prepare() { : >outputs/vendor.key; }
run() { mdm 1; }
status=3
err='outputs/archive/
Wrote outputs/vendor.key'
