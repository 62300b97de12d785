about='outputs is a link to a folder of somebody else'
prepare() { mkdir -m 777 elsewhere; chmod 777 elsewhere; ln -s elsewhere outputs; mkdir inputs; }
err='outputs'
