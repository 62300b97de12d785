about='a value for an option that takes none'
words=(--quiet=yes)
err="--quiet"
