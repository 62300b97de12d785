about='a PEM file that ends in its middle'
prepare() { head -n 9 "$SHELF/vendor.pem" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
END line
Download it again"
