about='"Create a Certificate" was pressed in place of "Renew": the topic changed (fleet#52469)'
from=step3
prepare() {
    mdm renew || [ $? -eq 3 ]
    push_cert
}
err='the topic changed
com.apple.mgmt.External.
the devices are enrolled with
every one of them would have to be enrolled again
press Renew on the row
not "Create a Certificate"
--accept-new-topic'
check() {
    for cert in inputs/MDM_Certificate.pem outputs/MDM_APNSCert.crt; do
        grep -q "$(openssl x509 -in $cert -noout -subject | grep -o 'com\.apple\.mgmt\.External\.[0-9a-f-]*')" "$ROOM/err"
    done
}
