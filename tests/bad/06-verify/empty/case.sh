about='an empty file ("in the correct format and not empty")'
prepare() { : >request.txt; }
status=1
out="✗ base64: it is empty
$REFUSED"
