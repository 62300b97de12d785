about='an expired intermediate is told apart from an expired vendor certificate'
prepare() { with_fault ca-expired wwdrg1; }
status=6
out="✗ dates: the intermediate CA certificate
OU=G1"
