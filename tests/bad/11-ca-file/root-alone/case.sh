about='the root alone: the intermediate is missing, and named'
prepare() { cp "$SHELF/ca/root.pem" "$ROOM/ca"; }
status=5
err="OU=G3,
that CA certificate is missing
wwdrg3.der"
