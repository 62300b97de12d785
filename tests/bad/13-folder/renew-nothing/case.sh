about='renew where there is nothing to renew'
from=step1
run() { mdm renew; }
status=1
err='renew'
