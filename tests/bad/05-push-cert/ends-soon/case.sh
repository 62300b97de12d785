about='a push certificate that ends within 30 days is packed, with a warning'
prepare() { push_cert --days 10; }
status=0
err='mdmvendor: warning: 
expires on '
out='Topic ID: com.apple.mgmt.External.'
