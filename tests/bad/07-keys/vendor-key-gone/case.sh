about='vendor.key was deleted after Apple had issued the certificate: no new key is made in its place'
prepare() { rm outputs/vendor.key; }
err="'outputs/vendor.key' is missing, but 'inputs/mdm.cer' was issued for it
hint: Put the key back from a backup
mdmvendor 1"
