about='--keep-key without a step'
words=(--keep-key)
err="--keep-key"
