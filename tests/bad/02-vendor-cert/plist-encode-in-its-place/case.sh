about='the push certificate request lies where mdm.cer is due'
prepare() { cp "$SHELF/step2/outputs/plist_encode" inputs/mdm.cer; }
err="is a push certificate request (plist_encode), but $DUE"
