about='--accept-new-topic lets it pass, with a warning'
from=step3
prepare() {
    mdm renew || [ $? -eq 3 ]
    push_cert
}
run() { mdm --accept-new-topic; }
status=0
err='mdmvendor: warning: 
every device has to be enrolled again'
out='Topic ID: com.apple.mgmt.External.'
