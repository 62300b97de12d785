about='a link to nowhere'
prepare() { ln -s nowhere inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a symbolic link"
