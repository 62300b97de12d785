about='a key file that ends in its middle: no new key is made in its place'
prepare() { head -n 12 outputs/vendor.key >k; chmod 600 k; mv k outputs/vendor.key; }
err="'outputs/vendor.key'
damaged or incomplete
hint: Put the key back from a backup
mdmvendor 1"
