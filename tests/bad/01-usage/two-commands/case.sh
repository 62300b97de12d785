about='two commands'
words=(status verify2)
err="one word too many
verify2"
