about='a character that turns text around in the name of an Apple account'
words=(--apple-account a$'\u202e'b@acme.example)
err="option '--apple-account'
invisible characters"
