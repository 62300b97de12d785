about='the chain as an array of certificates'
prepare() { request | perl -pe 's|(<key>PushCertCertificateChain</key>)|$1<array>|; $_ = "</array>$_" if m|<key>PushCertSignature|' | encode >request.txt; }
status=1
out='✗ keys: the value of PushCertCertificateChain is not a <string>'
