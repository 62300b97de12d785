about='a PEM file with characters that are none of base64'
prepare() { sed '5s/^...../~~~~~/' "$SHELF/vendor.pem" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
Download it again"
