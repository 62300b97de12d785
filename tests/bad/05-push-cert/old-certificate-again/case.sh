about='after a renewal was begun, the old certificate is put back: it is named, and changes nothing'
from=step3
prepare() {
    cp inputs/MDM_Certificate.pem old.pem
    mdm renew || [ $? -eq 3 ]
    cp outputs/customer.key renewed.key
    mv old.pem inputs/MDM_Certificate.pem
}
err="'inputs/MDM_Certificate.pem' is the certificate that is being replaced
press Renew on its row
mdmvendor undo"
check() { cmp outputs/customer.key renewed.key; }
