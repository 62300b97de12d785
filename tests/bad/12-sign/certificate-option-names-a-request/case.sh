about='--vendor-cert names a request, which holds the vendor certificate as well'
from=step2
prepare() { requests a; }
run() { mdm sign --vendor-key outputs/vendor.key --vendor-cert outputs/plist_encode a.csr -o a.txt; }
err="outputs/plist_encode
it is a push certificate request (plist_encode)"
