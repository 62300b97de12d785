about='a PEM file that lost a line'
prepare() { sed 7d "$SHELF/vendor.pem" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or cut-off certificate
Download it again"
