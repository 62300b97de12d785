about='mdmcert.download: alphabetical, wrapped at 76 outside and inside, newline at the end'
prepare() { request order='chain csr sig' wrap=76 | encode 76 >request.txt; }
check() { [ "$(wc -l <request.txt)" -gt 50 ]; }
