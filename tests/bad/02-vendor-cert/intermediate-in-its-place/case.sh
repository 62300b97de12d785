about="Apple's intermediate was saved as mdm.cer"
prepare() { cp "$SHELF/ca/wwdrg3.pem" inputs/mdm.cer; }
err="is a CA certificate (an intermediate), but $DUE"
