about='the password file is a folder'
run() { with_password /; }
status=1
err="'/'
folder"
