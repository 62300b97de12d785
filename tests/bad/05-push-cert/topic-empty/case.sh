about='nothing behind com.apple.mgmt., and a topic in the common name'
prepare() { issue aai2 "$SHELF/customer.clear" '/UID=com.apple.mgmt./CN=com.apple.mgmt.External.1/C=US' "${push_marks[@]}" >"$CERT"; }
err="'inputs/MDM_Certificate.pem' was issued for the customer's key but is not an MDM push certificate"
