about='the certificate was copied over the key: no new key is made in its place'
prepare() { instead "$SHELF/vendor.pem"; }
err="'outputs/vendor.key'
is a certificate
hint: Put the key back from a backup
mdmvendor 1"
