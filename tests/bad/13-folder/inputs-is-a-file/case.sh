about='inputs is a file'
prepare() { : >inputs; }
status=1
writes=yes
err="inputs"
