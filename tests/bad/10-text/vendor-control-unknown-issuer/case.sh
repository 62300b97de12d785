about='the name in a vendor certificate whose issuer is unknown: control'
prepare() { vendor_cert --fault unknown-issuer --fault cn-control; }
err='that CA certificate is missing
MDM Vendor: '
