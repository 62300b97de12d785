about='"cat certificate key" glued both together without a newline (nanomdm)'
from=step2
prepare() { push_cert; { printf %s "$(cat inputs/MDM_Certificate.pem)"; cat "$SHELF/customer.clear"; } >g; mv g inputs/MDM_Certificate.pem; }
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
