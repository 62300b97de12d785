about='the root alone, the intermediate in inputs/'
prepare() { cp "$SHELF/ca/root.pem" "$ROOM/ca"; cp "$SHELF/ca/wwdrg3.pem" inputs/; }
status=3
err='outputs/plist_encode'
