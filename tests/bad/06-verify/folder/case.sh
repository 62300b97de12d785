about='a folder'
reports=error
prepare() { mkdir request.txt; }
status=1
err="request.txt
is a folder"
