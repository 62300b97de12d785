about='a CSR of version 1'
prepare() {
    perl -e 'undef $/; $_ = <>; s/\x02\x01\x00/\x02\x01\x01/; print' "$SHELF/customer.der" >one.der
    request csr=one.der | encode >request.txt
}
out="✗ csr: the CSR's version field is 1, but only 0 is defined"
