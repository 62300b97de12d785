about='the name in a vendor certificate whose issuer is unknown: nul'
prepare() { vendor_cert --fault unknown-issuer --fault cn-nul; }
err='that CA certificate is missing
Practice Vendor'
