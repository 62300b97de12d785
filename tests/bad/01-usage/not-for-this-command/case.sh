about='an option of another command'
words=(status --pem x)
err="option '--pem' does not go with 'status'
mdmvendor help status"
