about='a NUL inside the topic'
prepare() {
    issue aai2 "$SHELF/customer.clear" '/UID=com.apple.mgmt.External.1#com.evil/CN=APSP:1/C=US' "${push_marks[@]}" |
        openssl x509 -outform DER -out der
    perl -e 'undef $/; $_ = <>; s/External\.1#/External.1\0/; print' der >"$CERT"
    rm der
}
err="'inputs/MDM_Certificate.pem' was issued for the customer's key but is not an MDM push certificate"
