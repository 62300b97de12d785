about='an empty folder: step 1 is next'
from=nothing
run() { mdm status; }
status=0
out='mdmvendor'
