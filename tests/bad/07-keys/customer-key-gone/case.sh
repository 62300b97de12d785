about='customer.key was deleted after Apple had issued the push certificate: no new key is made in its place'
from=step2
prepare() { push_cert; rm outputs/customer.key; }
err="'outputs/customer.key' is missing, but 'inputs/MDM_Certificate.pem' was issued for it
hint: Put the key back from a backup
mdmvendor renew"
