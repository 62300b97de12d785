about='a key without a password is used, with a warning'
prepare() { instead "$SHELF/vendor.clear"; }
status=3
err="mdmvendor: warning: 'outputs/vendor.key' is not encrypted"
