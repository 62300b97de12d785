about='two steps in one word'
words=(12)
err="there is no step 12"
