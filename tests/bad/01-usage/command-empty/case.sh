about='an empty word'
words=('')
err="unknown command ''"
