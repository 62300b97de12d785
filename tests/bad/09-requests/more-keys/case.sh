about='keys that nobody asked for'
prepare() { request | sed 's|<dict>|<dict><key>Comment</key><string>none</string><key>Version</key><integer>1</integer>|' | encode >request.txt; }
