about='a negative number'
words=(status --days=-1)
err="--days
-1"
