about='a critical extension that nobody here knows is refused'
prepare() { vendor_cert --fault critical-foreign; }
err='is not acceptable: unhandled critical extension'
