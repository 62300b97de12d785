about='two commands'
words=(status verify2)
err="unexpected argument
verify2"
