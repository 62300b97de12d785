about='a comment inside, which names a key'
prepare() { request | sed 's|<dict>|<!-- made by hand --><dict><!-- <key>PushCertRequestCSR</key> -->|' | encode >request.txt; }
