about='a mistyped command'
words=(statsu)
err="unknown command 'statsu'
did you mean 'status'?"
