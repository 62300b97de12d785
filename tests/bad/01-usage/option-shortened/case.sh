about='an option that could be two'
words=(--vendor x)
err="--vendor"
