about='-C names a folder that is not there'
run() { mdm -C nowhere; }
status=1
err='nowhere'
