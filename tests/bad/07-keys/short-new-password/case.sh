about='a new password of less than 8 characters'
from=nothing
prepare() { (umask 077; echo short >"$ROOM/pass"); }
run() { with_password "$ROOM/pass"; }
err='8 characters'
writes=yes
check() { [ ! -e outputs/vendor.key ]; }
