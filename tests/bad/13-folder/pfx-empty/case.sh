about='the pfx is empty: step 3 is done again'
from=step3
prepare() { : >outputs/MDM_APNSCert.pfx; }
status=0
err='outputs/MDM_APNSCert.pfx'
out='Topic ID: com.apple.mgmt.External.'
check() { openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -nokeys -out "$ROOM/cert.pem"; }
