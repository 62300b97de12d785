about='a key file with a line missing'
prepare() { sed 5d outputs/vendor.key >k; chmod 600 k; mv k outputs/vendor.key; }
err='outputs/vendor.key
damaged'
