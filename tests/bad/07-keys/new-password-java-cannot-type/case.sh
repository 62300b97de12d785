about="the pfx's password is not ASCII, which Java refuses"
prepare() { (umask 077; echo 'größer als acht' >"$ROOM/pass"); }
run() { "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$SHELF/vendor.pass" --customer-password-file "$ROOM/pass" </dev/null; }
err='ASCII
programs differ'
