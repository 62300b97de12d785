about='two CSRs in one file'
prepare() { own other; cat inputs/customer.csr outputs/vendor.csr >two; mv two inputs/customer.csr; }
status=1
err='inputs/customer.csr
holds 2 certificate signing requests: expected one'
