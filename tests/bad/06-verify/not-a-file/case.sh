about='a file that is not there'
reports=error
status=1
err="request.txt
No such file"
