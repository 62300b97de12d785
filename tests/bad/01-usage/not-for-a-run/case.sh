about='an option that needs a command'
words=(--pem x)
err="option '--pem' does not go without a command"
