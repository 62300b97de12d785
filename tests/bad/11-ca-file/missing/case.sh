about='a file that is not there'
err="option '--ca-file'
No such file"
