about="a vendor certificate for the customer's key"
prepare() { "$PRACTICE_APPLE" vendor "$APPLE" outputs/customer.csr "$CERT"; }
err="'inputs/MDM_Certificate.pem' is an MDM vendor certificate, but $DUE"
