about='the vendor certificate was expired when the request was to be uploaded ("because the signing certificate is expired")'
prepare() { request | encode >request.txt; }
run() { mdm verify --at 2037-01-01 request.txt; }
status=6
out="✗ dates: the vendor certificate
expired on
request.txt: Apple's portal would refuse it: a certificate is expired"
