about='a text editor replaced what it could not read in the DER'
prepare() { LC_ALL=C sed 's/[\200-\377]/?/g' "$SHELF/vendor.cer" >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer'
the MDM vendor certificate is expected here"
