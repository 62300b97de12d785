about='-C names a file'
prepare() { : >here; }
run() { mdm -C here; }
err='here'
