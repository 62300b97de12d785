about='a name of 60,000 characters'
prepare() {
    issue wwdrg9 "$SHELF/vendor.clear" '/CN=xxxxxx' "${VENDOR_MARKS[@]}" "2.5.29.17=DER:$(perl -e 'print "0403414141" . "00"')" >/dev/null 2>&1 || true
    printf '[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=utf8only\n[dn]\n' >req.cnf
    perl -e 'for (1 .. 900) { print "$_.OU=", "A" x 60, "\n" } print "CN=long\n"' >>req.cnf
    openssl req -new -key "$SHELF/other.clear" -config req.cnf -out c.csr
    "$PRACTICE_APPLE" vendor "$APPLE" c.csr inputs/mdm.cer
    openssl req -x509 -key "$SHELF/other.clear" -config req.cnf -out inputs/mdm.cer
    rm c.csr req.cnf
}
status=5
err="'inputs/mdm.cer' is"
