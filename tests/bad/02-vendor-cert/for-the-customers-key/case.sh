about='customer.csr was uploaded at developer.apple.com in place of vendor.csr'
from=step2
prepare() { "$PRACTICE_APPLE" vendor "$APPLE" outputs/customer.csr inputs/mdm.cer; }
err="'inputs/mdm.cer' is an MDM vendor certificate"
