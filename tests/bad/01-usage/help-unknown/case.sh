about='help about what there is not'
words=(help reneww)
err="reneww
did you mean 'renew'?"
