about='mdm.cer as Apple sends it: DER'
prepare() { vendor_cert; }
