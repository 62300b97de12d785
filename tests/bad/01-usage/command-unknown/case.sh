about='no command at all like it'
words=(frobnicate)
err="unknown command 'frobnicate'
mdmvendor help"
