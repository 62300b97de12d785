about='a key in the form -v2 aes-128-cbc -v2prf hmacWithSHA1'
prepare() { lock_as -v2 aes-128-cbc -v2prf hmacWithSHA1; }
status=3
err='outputs/plist_encode'
