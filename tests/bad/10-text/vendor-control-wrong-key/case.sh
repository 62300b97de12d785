about='the name in a vendor certificate for another key: control'
prepare() { vendor_cert --fault wrong-key --fault cn-control; }
err='was not issued for outputs/vendor.key
MDM Vendor: '
