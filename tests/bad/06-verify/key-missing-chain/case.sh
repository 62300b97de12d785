about='PushCertCertificateChain is missing'
prepare() { request order='csr  sig' | encode >request.txt; }
status=1
out="✗ keys: the key PushCertCertificateChain is missing
$REFUSED"
