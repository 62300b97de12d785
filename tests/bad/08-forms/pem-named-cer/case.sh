about='PEM under the name mdm.cer'
prepare() { saved mdm.cer <"$SHELF/vendor.pem"; }
