about='a CSR that Windows saved as UTF-16'
prepare() { own other; perl -e 'undef $/; $_ = <>; s/(.)/$1\0/gs; print "\xFF\xFE$_"' inputs/customer.csr >wide; mv wide inputs/customer.csr; }
status=1
err="'inputs/customer.csr' is UTF-16 text"
