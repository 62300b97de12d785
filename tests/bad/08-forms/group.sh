# What looks unusual and is right: nothing is refused here.
from=step1
status=3
err='outputs/plist_encode'
check() { mdm verify; }
# saved FILE: standard input becomes a file of inputs/.
saved() { cat >"inputs/$1"; }
