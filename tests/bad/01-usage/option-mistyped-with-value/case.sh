about='a mistyped option with a value'
words=(--ca-fle=x)
err="unknown option '--ca-fle'
did you mean '--ca-file'?"
