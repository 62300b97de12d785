about='inputs is a file'
prepare() { : >inputs; }
writes=yes
err="inputs"
