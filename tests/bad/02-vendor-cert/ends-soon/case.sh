about='a vendor certificate that ends within 30 days is used, with a warning'
prepare() { vendor_cert --days 10; }
status=3
err='mdmvendor: warning: 
Practice Vendor
days'
