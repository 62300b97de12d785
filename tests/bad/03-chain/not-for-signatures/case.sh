about='a certificate whose key usage does not allow signatures'
prepare() {
    issue wwdrg3 "$SHELF/vendor.clear" "$VENDOR_SUBJECT" 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,keyEncipherment' \
        '1.2.840.113635.100.4.12=DER:0500' >inputs/mdm.cer
}
err='is not for digital signatures'
