about='a PEM file that lost a line'
prepare() { sed 7d "$SHELF/vendor.pem" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
Download it again"
