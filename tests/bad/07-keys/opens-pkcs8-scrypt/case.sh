about='a key in the form -scrypt'
prepare() { lock_as -scrypt; }
status=3
err='outputs/plist_encode'
