about='a certificate lay in inputs/ before vendor.csr was made: that CSR has to be uploaded'
from=nothing
prepare() { mkdir inputs; cp "$SHELF/signing/inputs/mdm.cer" inputs/; }
status=3 writes=yes
err="warning: 'inputs/mdm.cer' was not issued for outputs/vendor.key
hint: Upload"
