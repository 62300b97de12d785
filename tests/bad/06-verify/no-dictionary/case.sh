about='a property list without a dictionary'
prepare() { printf '<?xml version="1.0"?>\n<plist version="1.0"><array><string>PushCertSignature</string></array></plist>\n' | encode >request.txt; }
status=1
out='✗ plist: 
dictionary'
