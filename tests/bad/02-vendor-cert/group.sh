# Step 2: something else lies where Apple's vendor certificate is due. vendor.csr is at Apple's.
status=5
from=step1
DUE='the MDM vendor certificate is expected here
hint: At developer.apple.com, upload outputs/vendor.csr (certificate type "MDM CSR") if you have not yet; then download'
