about='a NUL in the password file'
prepare() { (umask 077; printf 'vendor\000pass 1\n' >"$ROOM/pass"); }
run() { with_password "$ROOM/pass"; }
err="--vendor-password-file
NUL"
