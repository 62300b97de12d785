about='the name in a vendor certificate that is used: bidi'
prepare() { vendor_cert --fault cn-bidi; }
run() { mdm; mdm status; mdm verify; }
status=0
