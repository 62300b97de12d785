about='the type "Apple Push Services" was chosen at developer.apple.com, not "MDM CSR" (micromdm#796)'
prepare() {
    issue wwdrg3 "$SHELF/vendor.clear" '/UID=com.example.app/CN=Apple Push Services: com.example.app/OU=PRACTICE01' \
        'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' 'extendedKeyUsage=clientAuth' \
        '1.2.840.113635.100.6.3.2=DER:0500' >inputs/mdm.cer
}
err='Apple Push Services: com.example.app
but not as type
"MDM CSR"'
