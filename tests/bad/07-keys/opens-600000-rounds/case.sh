about='a key as mdmvendor itself writes it'
prepare() { lock_as -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000; }
status=3
err='outputs/plist_encode'
