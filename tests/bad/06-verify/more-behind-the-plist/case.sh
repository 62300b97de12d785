about='the answer of a shell stands behind the property list'
prepare() { { request; echo 'cat: inputs/mdm.pem: No such file'; } | encode >request.txt; }
status=1
out="✗ plist: 34 bytes follow the property list
$REFUSED"
