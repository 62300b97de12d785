about='others can read the key file: a warning, with the command that ends it'
prepare() { chmod 644 outputs/vendor.key; }
status=3
err="mdmvendor: warning: 'outputs/vendor.key' can be read by others (mode 0644)
chmod 600"
