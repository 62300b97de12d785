about='a PEM file that ends in its first line'
prepare() { printf -- '-----BEGIN CERTIF' >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
Download it again"
