about='a file of more than 1 MiB'
prepare() { { cat "$SHELF/vendor.pem"; dd if=/dev/zero bs=65536 count=17 2>/dev/null | tr '\0' '\n'; } >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is too large
1 MiB
the MDM vendor certificate is expected here"
