about='the push certificate as DER'
from=step2
prepare() { push_cert; openssl x509 -in inputs/MDM_Certificate.pem -outform DER -out der; mv der inputs/MDM_Certificate.pem; }
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
