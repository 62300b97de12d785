about='others can write to outputs/'
prepare() { mkdir inputs; mkdir outputs; chmod 777 outputs; }
status=1
err="outputs
chmod"
