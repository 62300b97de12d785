about='renew in a folder of a customer whose vendor has not signed yet: three steps are not theirs'
prepare() { mdm csr; }
run() { mdm renew; }
status=5
err='there is nothing to renew: no push certificate is in use here yet
it says what is still to be done for the first one'
not='three steps'
