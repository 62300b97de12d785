about='a property list lies where mdm.cer is due'
prepare() { cp "$SHELF/request.plist" inputs/mdm.cer; }
err="is a property list, but $DUE"
