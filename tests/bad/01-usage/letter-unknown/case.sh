about='an unknown letter'
words=(-x)
err="-x"
