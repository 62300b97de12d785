about='sign with two places to write to'
words=(sign -o a --output-dir b c.csr)
err="--output
--output-dir
cannot be combined"
