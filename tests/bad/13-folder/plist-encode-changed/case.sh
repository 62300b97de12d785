about='plist_encode was changed by hand: it is made again, and the changed one kept'
from=step2
prepare() { sed 's/^....../AAAAAA/' outputs/plist_encode >p; mv p outputs/plist_encode; }
status=3
err='outputs/plist_encode
outputs/archive/'
check() { mdm verify; }
