about='a key in the form -v2 aes-256-cbc -outform DER'
prepare() { lock_as -v2 aes-256-cbc -outform DER; }
status=3
err='outputs/plist_encode'
