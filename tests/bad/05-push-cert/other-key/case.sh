about='the push certificate was issued for another key'
prepare() { push_cert --fault wrong-key; }
err="'inputs/MDM_Certificate.pem' was not issued for outputs/customer.key
upload outputs/plist_encode.txt if you have not yet; then download the certificate that was made from it"
