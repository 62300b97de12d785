about="last year's certificate, after the renewal"
from=step3
prepare() {
    cp inputs/MDM_Certificate.pem push.pem
    mdm renew || [ $? -eq 3 ]
    push_cert --renew push.pem
    mdm
}
err="'push.pem' holds the certificate that a renewal here has replaced
mdmvendor undo"
