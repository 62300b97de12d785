about='outputs is a file'
prepare() { mkdir inputs; : >outputs; }
err="outputs"
