about='a certificate with two UIDs could mean one topic to us and another to Apple'
prepare() { push_cert --fault topic-two; }
status=5
err="'inputs/MDM_Certificate.pem' carries the customer's key but is no MDM push certificate
one UID"
