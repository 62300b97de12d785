about='the vendor certificate is past its year ("because the signing certificate is expired")'
prepare() { vendor_cert --fault expired; }
status=6
err="the vendor certificate
Practice Vendor
expired on
hint: Upload outputs/vendor.csr at developer.apple.com again (certificate type \"MDM CSR\")"
