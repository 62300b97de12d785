about='renew where there is nothing to renew'
from=step1
run() { mdm renew; }
status=5
err='renew'
