about='half a copy of the key before the whole one'
prepare() { { sed -n 1,6p outputs/vendor.key; cat outputs/vendor.key; } >k; chmod 600 k; mv k outputs/vendor.key; }
status=3
err='outputs/plist_encode'
