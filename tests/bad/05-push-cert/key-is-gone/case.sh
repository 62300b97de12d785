about='customer.key was deleted after plist_encode had been uploaded: the certificate is worth nothing without it'
prepare() { push_cert; rm outputs/customer.key; }
run() { mdm 3; }
status=1
err="'outputs/customer.key' is missing, but 'inputs/MDM_Certificate.pem' was issued for it
Put the key back from a backup
mdmvendor renew"
