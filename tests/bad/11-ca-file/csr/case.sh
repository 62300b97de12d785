about='a CSR'
prepare() { cp outputs/vendor.csr "$ROOM/ca"; }
err="option '--ca-file'
a certificate signing request (CSR)"
