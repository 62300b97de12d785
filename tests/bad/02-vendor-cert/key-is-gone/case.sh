about='vendor.key was deleted after vendor.csr had been uploaded'
prepare() { vendor_cert; rm outputs/vendor.key; }
run() { mdm 2; }
err="vendor's key"
