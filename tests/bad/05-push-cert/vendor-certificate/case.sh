about='the vendor certificate lies where the push certificate is due (micromdm#366)'
prepare() { cp inputs/mdm.cer "$CERT"; }
err="'inputs/MDM_Certificate.pem' is an MDM vendor certificate, but $DUE"
