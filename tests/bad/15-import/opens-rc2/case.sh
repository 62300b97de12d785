about='a PKCS #12 of an old Keychain: RC2 with 40 bits'
prepare() { p12 "$CUSTOMER_PASSWORD" push.p12 -legacy; }
WHAT='push.p12'
status=0
out='Topic ID: com.apple.mgmt.External.'
check() { [ -f outputs/MDM_APNSCert.pfx ]; }
