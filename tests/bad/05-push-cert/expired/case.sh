about='the push certificate of last year'
prepare() { push_cert --fault expired; }
status=6
err="the push certificate 'inputs/MDM_Certificate.pem' expired on
mdmvendor renew
Renew on the row 'APSP:"
