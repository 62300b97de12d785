about='a mistyped option'
words=(--no-imput)
err="unknown option '--no-imput'
did you mean '--no-input'?"
