about='the name in a vendor certificate for another key: bidi'
prepare() { vendor_cert --fault wrong-key --fault cn-bidi; }
err='was not issued for outputs/vendor.key
\u{202E}'
