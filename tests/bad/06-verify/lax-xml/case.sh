about='XML that only lax readers take: a here-document that begins with an empty line, and worse'
prepare() {
    local change n=0
    while read -r change; do
        n=$((n + 1))
        request | perl -0pe "$change" | encode >$n.txt
    done <<'END'
s|^|\n|
s|</dict>|</dict></dict>|
s|="1.0">|=1.0>|
s|UTF-8|UTF-16|
s|</plist>\n|</plist><!--|
s|</dict>|</dict><dict/>|
s|</key>|</key>text|
s|<dict>|<dict><key>\xe9</key><true/>|
s|<dict>|<dict><key>&eacute;</key><true/>|
END
}
run() { mdm verify [1-9].txt; }
status=1
not="should accept it"
out='✗ plist: it does not begin with <?xml version="1.0" encoding="UTF-8"?>
✗ plist: it is not a well-formed XML property list (line 3)'
