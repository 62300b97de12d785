about='vendor.key was deleted, or is in a token that was not named, while vendor.csr is at Apple'"'"'s: no new key is made in its place'
from=step1
prepare() { rm outputs/vendor.key; }
err="'outputs/vendor.key' is missing, but 'outputs/vendor.csr' was made with it
hint: Put the key back from a backup, or name it with --vendor-key
mdmvendor 1"
