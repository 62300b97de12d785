about="the vendor key's password is wrong"
prepare() { (umask 077; echo 'not this one' >"$ROOM/pass"); }
run() { with_password "$ROOM/pass"; }
status=1
err="outputs/vendor.key
password"
