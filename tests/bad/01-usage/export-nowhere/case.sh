about='export without a file'
words=(export)
err="export
--pem FILE"
