about='old and new push certificate for one key: the one that expires last'
from=step2
prepare() {
    push_cert --days 20
    mv inputs/MDM_Certificate.pem inputs/old.pem
    push_cert --renew inputs/old.pem
}
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
not='mdmvendor: warning: '
