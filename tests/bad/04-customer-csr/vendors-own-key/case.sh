about="vendor.csr was copied to inputs/customer.csr: vendor and customer are mixed up (grinich/mdmvendorsign#2)"
prepare() { cp outputs/vendor.csr inputs/customer.csr; }
err="'inputs/customer.csr' holds the vendor's own key
roles of vendor and customer are mixed up
key pair and a CSR of their own"
