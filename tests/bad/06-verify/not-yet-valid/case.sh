about='judged as of a day before the certificate was issued'
prepare() { request | encode >request.txt; }
run() { mdm verify --at 2026-01-01 request.txt; }
out='✗ dates: 
is not valid before'
