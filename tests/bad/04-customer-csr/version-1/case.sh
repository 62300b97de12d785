about='a CSR of version 1, which Apple calls invalid (AltSign#46)'
prepare() {
    own other
    openssl req -in inputs/customer.csr -outform DER -out request.der
    perl -e 'undef $/; $_ = <>; s/\x02\x01\x00/\x02\x01\x01/; print' request.der >inputs/customer.csr
    rm request.der
}
err="inputs/customer.csr
version 1
expected 0"
