about='the push certificate of an app, not of device management'
prepare() { push_cert --fault topic-foreign; }
status=5
err="'inputs/MDM_Certificate.pem' carries the customer's key but is no MDM push certificate
com.apple.mgmt."
