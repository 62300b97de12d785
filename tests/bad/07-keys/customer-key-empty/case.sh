about='an empty customer.key: no new key is made in its place'
from=step2
prepare() { push_cert; : >outputs/customer.key; }
err="'outputs/customer.key'
is an empty file
hint: Put the key back from a backup
mdmvendor renew"
