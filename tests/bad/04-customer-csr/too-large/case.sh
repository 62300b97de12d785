about='more than 1 MiB'
prepare() { dd if=/dev/zero of=inputs/customer.csr bs=65536 count=17 2>/dev/null; }
status=1
err="'inputs/customer.csr' is too large
1 MiB"
