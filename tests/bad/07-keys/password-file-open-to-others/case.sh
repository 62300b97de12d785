about='others can read the password file: a warning'
prepare() { echo "$VENDOR_PASSWORD" >"$ROOM/pass"; chmod 644 "$ROOM/pass"; }
run() { with_password "$ROOM/pass"; }
status=3
err='mdmvendor: warning: 
can be read by others'
