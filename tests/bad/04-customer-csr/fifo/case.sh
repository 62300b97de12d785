about='a named pipe is not waited for'
prepare() { mkfifo inputs/customer.csr; }
run() { mdm 4; }
status=1
err="'inputs/customer.csr' is a symbolic link, pipe, socket or device"
