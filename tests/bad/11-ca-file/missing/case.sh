about='a file that is not there'
status=1
err="option '--ca-file'
No such file"
