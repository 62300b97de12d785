about='another DOCTYPE ("-//Apple Inc//DTD PLIST 1.0//EN")'
prepare() {
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple Inc//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' >head
    request head=head | encode >request.txt
}
