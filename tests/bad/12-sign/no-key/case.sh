about='there is no vendor key'
from=nothing
prepare() { requests a; }
run() { mdm sign a.csr -o a.txt; }
status=1
err='vendor
--vendor-key'
