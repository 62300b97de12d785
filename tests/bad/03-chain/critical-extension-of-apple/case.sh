about="a critical extension in Apple's own arc is let through"
prepare() { vendor_cert --fault critical-apple; }
status=3
err='outputs/plist_encode'
check() { mdm verify; }
