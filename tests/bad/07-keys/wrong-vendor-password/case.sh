about="the vendor key's password is wrong"
prepare() { (umask 077; echo 'not this one' >"$ROOM/pass"); }
run() { with_password "$ROOM/pass"; }
err="outputs/vendor.key
password
/pass' (--vendor-password-file)
mdmvendor 1"
not="Caps Lock"
