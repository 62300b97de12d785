about='--vendor-cert names the CSR'
prepare() { requests a; }
run() { mdm sign --vendor-key outputs/vendor.key --vendor-cert outputs/vendor.csr a.csr -o a.txt; }
err="outputs/vendor.csr
it is a certificate signing request (CSR)"
