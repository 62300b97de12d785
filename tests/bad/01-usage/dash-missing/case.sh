about='one dash of two'
words=(status -json)
err="unknown option '-json'
did you mean '--json'"
