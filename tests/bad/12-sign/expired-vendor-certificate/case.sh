about='the vendor certificate is expired: nothing is signed'
prepare() { vendor_cert --fault expired; requests a; }
run() { mdm sign a.csr -o a.txt; }
status=6
err='the vendor certificate
expired on'
