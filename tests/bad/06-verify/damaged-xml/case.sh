about='a property list that is not closed, as the sample on the old page'
prepare() { request | sed '/<\/dict>/d; /<\/plist>/d' | encode >request.txt; }
status=1
out='✗ plist: '
