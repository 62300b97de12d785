about='the CSR was put into inputs/ under its own name'
prepare() { cp outputs/vendor.csr inputs/vendor.csr; }
err="'inputs/vendor.csr' is a certificate signing request (CSR), but $DUE"
