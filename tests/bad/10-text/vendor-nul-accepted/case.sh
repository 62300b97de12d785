about='the name in a vendor certificate that is used: nul'
prepare() { vendor_cert --fault cn-nul; }
run() { mdm; mdm status; mdm verify; }
status=0
