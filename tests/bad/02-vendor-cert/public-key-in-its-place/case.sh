about='a public key lies where mdm.cer is due'
prepare() { openssl pkey -in "$SHELF/vendor.clear" -pubout -out inputs/mdm.cer; }
err="is a public key, but $DUE"
