about='blank lines around the base64'
prepare() { { printf '\n\n'; request | encode; printf '\n\n'; } >request.txt; }
