about='the password file is not there'
run() { with_password /nonexistent/pass; }
status=1
err="/nonexistent/pass
No such file"
