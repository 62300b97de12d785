about='a CSR'
prepare() { cp outputs/vendor.csr "$ROOM/ca"; }
status=1
err="option '--ca-file'
a certificate signing request (CSR)"
