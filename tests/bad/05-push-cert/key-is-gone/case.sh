about='customer.key was deleted after plist_encode had been uploaded: the certificate is worth nothing without it'
prepare() { push_cert; rm outputs/customer.key; }
run() { mdm 3; }
status=5
err="customer's key
mdmvendor 2"
