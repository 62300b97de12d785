about='a byte order mark before the base64'
prepare() { { printf '\357\273\277'; request | encode; } >request.txt; }
