about='a certificate that has expired is brought in, with a warning: it may be renewed all the same'
from=step2
prepare() { push_cert --fault expired; mv inputs/MDM_Certificate.pem push.pem; }
status=6
err="mdmvendor: warning: the push certificate 'APSP:
expired on"
writes=yes
check() { [ -f outputs/MDM_APNSCert.pfx ]; }
