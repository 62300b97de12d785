about='no job at a time'
words=(sign -j 0 c.csr)
err="--jobs
0"
