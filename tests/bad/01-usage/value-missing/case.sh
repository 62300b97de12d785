about='an option without its value'
words=(status --ca-file)
err="--ca-file
value"
