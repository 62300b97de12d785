about='a renewal in its row: the same topic'
from=step3
prepare() {
    cp inputs/MDM_Certificate.pem "$ROOM/old.pem"
    mdm renew || [ $? -eq 3 ]
    push_cert --renew "$ROOM/old.pem"
}
status=0
out='Topic ID: com.apple.mgmt.External.'
not='mdmvendor: warning'
