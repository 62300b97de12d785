about='a download that was interrupted'
prepare() { head -c 700 "$SHELF/vendor.cer" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
cut off after 700 bytes
Download it again"
