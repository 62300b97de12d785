about='an endless device does not fill the memory'
prepare() { ln -s /dev/zero inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a symbolic link, pipe, socket or device, not a regular file"
