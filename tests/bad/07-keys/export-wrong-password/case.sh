about='export with the wrong password'
from=step3
prepare() { (umask 077; echo 'not this one' >"$ROOM/pass"); }
run() { "$MDMVENDOR" --ca-file "$CA" --customer-password-file "$ROOM/pass" export --pem out.pem </dev/null; }
err='outputs/customer.key
password'
