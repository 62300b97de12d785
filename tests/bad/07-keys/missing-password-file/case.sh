about='the password file is not there'
run() { with_password /nonexistent/pass; }
err="/nonexistent/pass
No such file"
