about='verify without a file in a folder that has no request yet'
reports=error
from=step1
run() { mdm verify; }
status=1
err="outputs/plist_encode"
