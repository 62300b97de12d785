about='a variable whose secret was stored with a newline (kubernetes/kubernetes#23404)'
from=nothing
run() { MDMVENDOR_VENDOR_PASSWORD=$'vendor pass 1\n' bare; }
err="control character
line end that was stored"
writes=yes
check() { [ ! -e outputs/vendor.key ]; }
