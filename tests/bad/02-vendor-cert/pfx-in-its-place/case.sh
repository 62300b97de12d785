about='a PKCS#12 file lies where mdm.cer is due'
prepare() { cp "$SHELF/step3/outputs/MDM_APNSCert.pfx" inputs/mdm.cer; }
err="is a PKCS #12 file (.p12, .pfx), but $DUE"
