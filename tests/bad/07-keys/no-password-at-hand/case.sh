about='a password is needed and there is nobody to ask'
run() { bare; }
status=4
err="vendor
--vendor-password-file"
