about='what the pfx holds is known nowhere, and the key was written without a password: the new one opens the pfx'
from=step3
prepare() {
    openssl pkcs12 -export -nokeys -in outputs/MDM_APNSCert.crt -passout "pass:$CUSTOMER_PASSWORD" -out outputs/MDM_APNSCert.pfx
    rm outputs/MDM_APNSCert.crt
    openssl pkey -in outputs/customer.key -passin "pass:$CUSTOMER_PASSWORD" -out "$ROOM/key.pem"
    cat "$ROOM/key.pem" >outputs/customer.key
}
run() { mdm 3; }
status=0
err='Wrote outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
check() { openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -nokeys -out "$ROOM/cert.pem"; }
