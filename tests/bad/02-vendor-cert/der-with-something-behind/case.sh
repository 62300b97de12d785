about='DER with other data behind it'
prepare() { { cat "$SHELF/vendor.cer"; echo more; } >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a damaged or incomplete certificate
bytes of something else follow the DER data"
