about='the password file is empty'
prepare() { (umask 077; : >"$ROOM/pass"); }
run() { with_password "$ROOM/pass"; }
err="$SUITE
empty"
