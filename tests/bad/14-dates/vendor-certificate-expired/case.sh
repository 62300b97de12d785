about='status with an expired vendor certificate: what is next'
from=step1
prepare() { vendor_cert --fault expired; }
run() { mdm status; }
out='the vendor certificate
expired on
Next: Upload outputs/vendor.csr at developer.apple.com again'
