about='a password on the command line: it does not exist'
words=(--vendor-password secret123)
err="--vendor-password
--vendor-password-file"
