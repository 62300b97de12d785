about='in a finished folder, vendor.key may be kept elsewhere: nothing is due'
from=step3
prepare() { rm outputs/vendor.key; }
status=0
out='Topic ID: com.apple.mgmt.External.'
check() { [ ! -e outputs/vendor.key ]; }
