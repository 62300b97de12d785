about='a name of 60,000 characters leaves room for what is wrong with it'
prepare() {
    printf '[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=utf8only\n[dn]\n' >"$ROOM/req.cnf"
    perl -e 'for (1 .. 900) { print "$_.OU=", "A" x 60, "\n" } print "CN=long\n"' >>"$ROOM/req.cnf"
    openssl req -x509 -key "$SHELF/vendor.clear" -config "$ROOM/req.cnf" -addext basicConstraints=CA:FALSE -out inputs/mdm.cer
}
err="the certificate 'OU=AAAA
is self-signed: Apple did not issue it"
