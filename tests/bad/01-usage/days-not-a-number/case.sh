about='a number that is none'
words=(status --days soon)
err="--days
soon"
