about='the name in a vendor certificate that is used: control'
prepare() { vendor_cert --fault cn-control; }
run() { mdm; mdm status; mdm verify; }
status=0
