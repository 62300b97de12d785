about='a pipe that somebody does write to is fine'
run() { "$MDMVENDOR" --ca-file <(cat "$CA") --vendor-password-file "$SHELF/vendor.pass" --customer-password-file "$SHELF/customer.pass" </dev/null; }
status=3
err='outputs/plist_encode'
