about='a certificate for the right key without a topic'
prepare() { issue aai2 "$SHELF/customer.clear" '/CN=APSP:none/C=US' "${push_marks[@]}" >"$CERT"; }
err="'inputs/MDM_Certificate.pem' was issued for the customer's key but is not an MDM push certificate
one UID
com.apple.mgmt.
identity.apple.com/pushcert"
