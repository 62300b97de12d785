about="the customer key's password is wrong"
from=step2
prepare() { push_cert; (umask 077; echo 'not this one' >"$ROOM/pass"); }
run() { "$MDMVENDOR" --ca-file "$CA" --customer-password-file "$ROOM/pass" </dev/null; }
err="outputs/customer.key
password
/pass' (--customer-password-file)
mdmvendor renew"
not="Caps Lock"
