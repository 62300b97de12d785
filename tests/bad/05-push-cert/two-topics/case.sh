about='a certificate with two UIDs could mean one topic to us and another to Apple'
prepare() { push_cert --fault topic-two; }
err="'inputs/MDM_Certificate.pem' was issued for the customer's key but is not an MDM push certificate
one UID"
