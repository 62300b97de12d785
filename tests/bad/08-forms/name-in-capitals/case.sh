about='the name in capitals'
prepare() { cp "$SHELF/vendor.cer" inputs/MDM.CER; }
