about='micromdm mdmctl: keys in alphabetical order, one line outside and inside, no newline at the end'
prepare() { request order='chain csr sig' indent='  ' | encode >request.txt; }
check() { [ "$(wc -l <request.txt)" -eq 0 ]; }
