about='mdm.cer was renewed: the request follows, the customer key stays'
from=step2
prepare() { cksum outputs/customer.key >"$ROOM/key"; sleep 1; vendor_cert; }
status=3
err='outputs/plist_encode'
check() { mdm verify; cksum outputs/customer.key | cmp - "$ROOM/key"; }
