about='-C names a folder that is not there'
run() { mdm -C nowhere; }
err='nowhere'
