about='a time that is none'
words=(--wait=soon)
err="--wait
soon"
