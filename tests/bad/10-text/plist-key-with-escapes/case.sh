about='terminal escapes in place of base64'
reports=marks
prepare() { printf '\033[2J\033[1;1HAll is well\n' >request.txt; }
run() { mdm verify request.txt; }
status=1
out='✗ base64'
not='All is well'
