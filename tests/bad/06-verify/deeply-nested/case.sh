about='a property list that is nested forty thousand deep'
prepare() { perl -e 'print "<plist version=\"1.0\">", "<array>" x 40000, "</array>" x 40000, "</plist>"' | encode >request.txt; }
status=1
out='✗ plist: the property list has too many entries'
