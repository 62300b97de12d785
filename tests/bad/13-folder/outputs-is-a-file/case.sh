about='outputs is a file'
prepare() { mkdir inputs; : >outputs; }
status=1
err="outputs"
