about='Renew was pressed, and the portal gave another topic all the same (two rows, the wrong one)'
from=step3
prepare() {
    cp inputs/MDM_Certificate.pem old.pem
    mdm renew || [ $? -eq 3 ]
    push_cert --renew old.pem --fault topic-other
    rm old.pem
}
err='the topic changed
press Renew on the row'
