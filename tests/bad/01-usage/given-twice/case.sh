about='an option twice'
words=(--ca-file a --ca-file b)
err="--ca-file
twice"
