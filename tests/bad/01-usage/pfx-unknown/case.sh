about='a kind of pfx that there is not'
words=(--pfx moderm)
err="--pfx
moderm
compat
modern"
