about='a property list that is nested a hundred thousand deep'
prepare() { perl -e 'print "<plist version=\"1.0\">", "<array>" x 100000, "</array>" x 100000, "</plist>"' | encode >request.txt && [ "$(wc -c <request.txt)" -lt 1048577 ] || perl -e 'print "<plist version=\"1.0\">", "<array>" x 40000, "</array>" x 40000, "</plist>"' | encode >request.txt; }
status=1
out='✗ '
