about='the push certificate of an app, not of device management'
prepare() { push_cert --fault topic-foreign; }
err="'inputs/MDM_Certificate.pem' was issued for the customer's key but is not an MDM push certificate
com.apple.mgmt."
