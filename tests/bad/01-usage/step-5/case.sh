about='a step that does not exist'
words=(5)
err="there is no step 5: the steps are 1, 2, 3 and 4"
