about='a binary property list inside the base64: the portal wants XML'
prepare() { printf 'bplist00\321\001\002SabcSdef\010\013\017\000\000\000\000\000\000\001\001\000\000\000\000\000\000\000\003\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\023' | encode >request.txt; }
status=1
out='✗ plist: 
binary'
