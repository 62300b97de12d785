about='two commands'
words=(renew verify2)
err="unexpected argument
verify2"
