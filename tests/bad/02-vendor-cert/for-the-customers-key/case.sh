about='customer.csr was uploaded at developer.apple.com in place of vendor.csr'
from=step2
prepare() { "$PRACTICE_APPLE" vendor "$APPLE" outputs/customer.csr inputs/mdm.cer; }
status=5
err="'inputs/mdm.cer' was issued for the customer's key
outputs/customer.csr was uploaded
Upload outputs/vendor.csr at developer.apple.com"
