about='the signature is not base64'
prepare() { request | perl -0pe 's|(<key>PushCertSignature</key>\n<string>)....|$1(##)|' | encode >request.txt; }
out="✗ signature: PushCertSignature
base64"
