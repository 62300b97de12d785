about='the name in a vendor certificate for another key: nul'
prepare() { vendor_cert --fault wrong-key --fault cn-nul; }
err='was not issued for outputs/vendor.key
Practice Vendor'
