about="a vendor certificate for the customer's key"
prepare() { "$PRACTICE_APPLE" vendor "$APPLE" outputs/customer.csr "$CERT"; }
status=5
err="'inputs/MDM_Certificate.pem' is an MDM vendor certificate, but $DUE"
