about='"Create a Certificate" was pressed in place of "Renew": the topic changed (fleet#52469)'
from=step3
prepare() {
    mdm renew || [ $? -eq 3 ]
    push_cert
}
status=5
err='the topic changed
com.apple.mgmt.External.
the devices are enrolled with
every one of them would have to be enrolled again
press Renew on the row
not "Create a Certificate"
--accept-new-topic'
check() { [ ! -e outputs/MDM_APNSCert.pfx ] || [ -d outputs/archive ]; }
