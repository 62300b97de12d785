about='a comment inside'
prepare() { request | sed 's|<dict>|<!-- made by hand --><dict>|' | encode >request.txt; }
