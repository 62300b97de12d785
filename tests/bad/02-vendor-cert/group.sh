# Step 2: something else lies where Apple's vendor certificate is due. vendor.csr is at Apple's.
from=step1
DUE='the MDM vendor certificate is due here
hint: Upload outputs/vendor.csr at developer.apple.com (certificate type "MDM CSR")'
