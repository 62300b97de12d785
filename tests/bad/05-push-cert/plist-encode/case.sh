about='the request itself was copied to inputs/'
prepare() { cp outputs/plist_encode.txt inputs/; }
status=5
err="'inputs/plist_encode.txt' is a push certificate request (plist_encode), but $DUE"
