about='a control character in the name of an Apple account'
words=(--apple-account a$'\033'[2Jb@acme.example)
err="option '--apple-account'
invisible characters"
