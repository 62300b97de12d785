about='the push certificate with line ends of Windows'
from=step2
prepare() { push_cert; crlf <inputs/MDM_Certificate.pem >c; mv c inputs/MDM_Certificate.pem; }
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
