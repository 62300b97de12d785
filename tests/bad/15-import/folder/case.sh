about='a folder in place of its files'
prepare() { mkdir old; }
WHAT='old'
status=1
err="'old'"
