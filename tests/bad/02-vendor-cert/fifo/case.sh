about='a named pipe is not waited for'
prepare() { mkfifo inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is a symbolic link, pipe, socket or device, not a regular file"
