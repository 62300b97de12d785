about='a link to the right file is not followed'
prepare() { ln -s "$SHELF/vendor.cer" inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a symbolic link
Copy the file itself"
