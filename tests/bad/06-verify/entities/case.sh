about='a property list that grows without end when it is read'
prepare() {
    {
        echo '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        echo '<plist version="1.0"><dict><key>PushCertSignature</key><string>&e;&e;&f;</string></dict></plist>'
    } | encode >request.txt
}
status=1
out='✗ '
not='root:'
