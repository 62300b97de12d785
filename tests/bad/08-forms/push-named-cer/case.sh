about='the push certificate as .cer, as some browsers save it (memdocs#1725)'
from=step2
prepare() { push_cert; mv inputs/MDM_Certificate.pem inputs/MDM_Certificate.cer; }
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
