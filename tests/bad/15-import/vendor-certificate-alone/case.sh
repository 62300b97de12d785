about='mdm.cer without its key'
prepare() { cp "$SHELF/vendor.cer" mdm.cer; }
WHAT='mdm.cer'
err="'mdm.cer' is a vendor certificate whose private key is neither given nor here
hint: Add the private key"
