about='the customer sent a request that is signed already'
prepare() { cp "$SHELF/step2/outputs/plist_encode" inputs/customer.csr; }
err="'inputs/customer.csr' is a push certificate request (plist_encode), $DUE"
