about='a plist_encode that another key signed is made again'
from=step2
prepare() { request sign="$SHELF/other.clear" | encode | tee outputs/plist_encode >outputs/plist_encode.txt; }
status=3
err='outputs/plist_encode
outputs/archive/'
check() { mdm verify; }
