about='an empty key file: no new key is made in its place'
prepare() { : >outputs/vendor.key; }
err="'outputs/vendor.key'
is an empty file
hint: Put the key back from a backup
mdmvendor 1"
