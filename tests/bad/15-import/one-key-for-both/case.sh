about='vendor certificate and push certificate are for the same key'
prepare() {
    cp "$SHELF/push.pem" push.pem
    cp "$SHELF/customer.clear" push.key
    openssl req -new -key push.key -subj /CN=both -out both.csr
    "$PRACTICE_APPLE" vendor "$APPLE" both.csr mdm.cer
}
WHAT='push.pem push.key mdm.cer'
err="'mdm.cer' and 'push.pem' were issued for the same key: the roles of vendor and customer are mixed up
hint: Leave 'mdm.cer' out"
