about='the first line was lost in copying'
prepare() { sed 1d "$SHELF/vendor.pem" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
BEGIN line
Download it again"
