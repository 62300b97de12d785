about='PushCertSignature is missing'
prepare() { request order='csr chain ' | encode >request.txt; }
status=1
out="✗ keys: the key PushCertSignature is missing
$REFUSED"
