about='the password of the file is too short to become the new one'
prepare() { p12 short push.p12; (umask 077; echo short >"$ROOM/pass"); }
run() { bare --customer-password-file "$ROOM/pass" import push.p12; }
status=1
err='too short: it needs at least 8 characters
hint: If it opens the imported file as well, run the import at a terminal'
