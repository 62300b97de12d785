about='export with the wrong password'
from=step3
prepare() { (umask 077; echo 'not this one' >"$ROOM/pass"); }
run() { "$MDMVENDOR" --ca-file "$CA" --customer-password-file "$ROOM/pass" export --pem out.pem </dev/null; }
status=1
err='outputs/customer.key
password'
