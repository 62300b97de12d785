about='no XML declaration'
prepare() { printf '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' >head; request head=head | encode >request.txt; }
