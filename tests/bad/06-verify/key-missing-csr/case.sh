about='PushCertRequestCSR is missing'
prepare() { request order=' chain sig' | encode >request.txt; }
status=1
out="✗ keys: the key PushCertRequestCSR is missing
$REFUSED"
