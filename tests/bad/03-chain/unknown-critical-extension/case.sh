about='a critical extension that nobody here knows is refused'
prepare() { vendor_cert --fault critical-foreign; }
err='1.3.6.1.4.1.32473.1
critical extension'
