about='a whole certificate, and a second one that is cut off'
prepare() { { cat "$SHELF/vendor.pem"; head -n 5 "$SHELF/ca/wwdrg3.pem"; } >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
certificate 2
Download it again"
