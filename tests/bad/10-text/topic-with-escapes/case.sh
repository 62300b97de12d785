about='terminal escapes in the topic of a push certificate'
from=step2
prepare() {
    issue aai2 "$SHELF/customer.clear" "/UID=com.apple.mgmt.External.$(printf '\033]0;owned\007')/CN=APSP:1/C=US" \
        'basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth' '1.2.840.113635.100.6.3.2=DER:0500' >inputs/MDM_Certificate.pem
}
status=0
out='Topic ID: com.apple.mgmt.External.\x1B]0;owned\x07'
