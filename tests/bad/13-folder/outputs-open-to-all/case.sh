about='others can write to outputs/'
prepare() { mkdir inputs; mkdir outputs; chmod 777 outputs; }
err="other users can write to the folder 'outputs'
chmod
make a folder with mode 0700 inside it and work there"
