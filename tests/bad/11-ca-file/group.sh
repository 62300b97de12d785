# --ca-file names something that cannot be trusted.
status=1
from=signing
run() { "$MDMVENDOR" --ca-file "$ROOM/ca" --vendor-password-file "$SHELF/vendor.pass" --customer-password-file "$SHELF/customer.pass" </dev/null; }
