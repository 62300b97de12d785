about='a key file that went through an editor on Windows'
prepare() { { printf '\357\273\277'; crlf <outputs/vendor.key; } >k; chmod 600 k; mv k outputs/vendor.key; }
status=3
err='outputs/plist_encode'
