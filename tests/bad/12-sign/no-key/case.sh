about='there is no vendor key'
from=nothing
prepare() { requests a; }
run() { mdm sign a.csr -o a.txt; }
err='vendor
--vendor-key'
