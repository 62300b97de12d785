about='a download that was interrupted after three bytes'
prepare() { head -c 3 "$SHELF/vendor.cer" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
Download it again"
