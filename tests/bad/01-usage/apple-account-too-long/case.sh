about='a whole file as the name of an Apple account'
words=(--apple-account "$(printf 'a%.0s' {1..300})")
err="option '--apple-account'
at most 254 bytes, this one 300"
