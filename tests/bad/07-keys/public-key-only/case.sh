about='the public half of the key: no new key is made in its place'
prepare() { instead "$SHELF/vendor.pub"; }
err="'outputs/vendor.key'
is a public key
hint: Put the key back from a backup
mdmvendor 1"
