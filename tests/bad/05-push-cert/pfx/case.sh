about='a PKCS#12 file'
prepare() { cp "$SHELF/step3/outputs/MDM_APNSCert.pfx" inputs/push.p12; }
err="'inputs/push.p12' is a PKCS #12 file (.p12, .pfx), but $DUE"
