about='a key that is there twice: nobody knows which of them the portal takes'
prepare() { request | perl -0pe 's|(<key>PushCertSignature</key>)|<key>PushCertSignature</key><string>AAAA</string>$1|' | encode >request.txt; }
status=1
out='✗ keys: the key PushCertSignature is in the property list 2 times'
