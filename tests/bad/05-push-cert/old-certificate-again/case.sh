about='after a renewal was begun, the old certificate is put back: its key comes back'
from=step3
prepare() {
    cp inputs/MDM_Certificate.pem old.pem
    mdm renew || [ $? -eq 3 ]
    mv old.pem inputs/MDM_Certificate.pem
}
status=0
err='outputs/customer.key'
out='Topic ID: com.apple.mgmt.External.'
