about='the CSR itself was copied to inputs/mdm.cer'
prepare() { cp outputs/vendor.csr inputs/mdm.cer; }
err="is a certificate signing request (CSR), but $DUE"
