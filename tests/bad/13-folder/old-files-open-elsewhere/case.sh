about='vendor.csr is a folder'
reports=system   # the system's words say it all
from=step1
prepare() { rm outputs/vendor.csr; mkdir outputs/vendor.csr; }
err='outputs/vendor.csr'
writes=yes
