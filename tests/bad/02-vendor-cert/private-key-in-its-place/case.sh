about='a private key lies where mdm.cer is due'
prepare() { cp outputs/vendor.key inputs/mdm.cer; }
err="is a private key, but $DUE"
