about='a key in the form -v1 PBE-SHA1-3DES'
prepare() { lock_as -v1 PBE-SHA1-3DES; }
status=3
err='outputs/plist_encode'
