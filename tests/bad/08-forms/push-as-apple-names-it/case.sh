about='the push certificate under the name that Apple gives it'
from=step2
prepare() { push_cert; mv inputs/MDM_Certificate.pem 'inputs/MDM_ Acme, Inc._Certificate.pem'; }
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
