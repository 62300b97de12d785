about='our own'
prepare() { cp "$SHELF/step2/outputs/plist_encode" request.txt; }
