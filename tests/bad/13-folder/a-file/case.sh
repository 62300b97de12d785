about='-C names a file'
prepare() { : >here; }
run() { mdm -C here; }
status=1
err='here'
