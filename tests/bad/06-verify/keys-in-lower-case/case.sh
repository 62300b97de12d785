about='keys written in another case are other keys'
prepare() { request | sed 's/PushCertSignature/pushCertSignature/' | encode >request.txt; }
status=1
out='✗ keys: the key PushCertSignature is missing'
