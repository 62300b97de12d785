about='a CSR that was changed after it had been signed'
prepare() {
    own other
    openssl req -in inputs/customer.csr -outform DER | LC_ALL=C sed 's/Customer/Somebody/' >inputs/customer.csr.new
    mv inputs/customer.csr.new inputs/customer.csr
}
err="the signature of 'inputs/customer.csr' does not match its key
new certificate signing request"
