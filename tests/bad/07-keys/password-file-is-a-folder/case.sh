about='the password file is a folder'
run() { with_password /; }
err="'/'
folder"
