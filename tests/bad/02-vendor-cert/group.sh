# Step 2: something else lies where Apple's vendor certificate is due. vendor.csr is at Apple's.
status=5
from=step1
DUE='the MDM vendor certificate is expected here
hint: At developer.apple.com, download the certificate of type "MDM CSR"'
