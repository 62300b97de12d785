about='a key that is there twice, however it is written: nobody knows which of them the portal takes'
prepare() {
    local key n=0
    for key in '<key>PushCertSignature' '<key >PushCertSignature' '<key>PushCert&#83;ignature' '<key><![CDATA[PushCertSignature]]>' \
        '<key>PushCert<!-- -->Signature'; do
        n=$((n + 1))
        request | KEY=$key perl -pe 's|<dict>|<dict>$ENV{KEY}</key><string>AAAA</string>|' | encode >$n.txt
    done
}
run() { mdm verify [1-5].txt; }
status=1
out='✗ plist: a key is in the property list twice'
not='should accept it'
