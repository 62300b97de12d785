about='a number with a lot of digits'
words=(status --days 99999999999999999999)
err="--days"
