about='the request itself was copied to inputs/'
prepare() { cp outputs/plist_encode.txt inputs/; }
err="'inputs/plist_encode.txt' is the request that was signed for the key here, and has to be uploaded
Upload it at identity.apple.com/pushcert"
