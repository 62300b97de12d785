about='renew where there is nothing to renew'
from=step1
run() { mdm renew; }
status=5
err='there is nothing to renew: no push certificate is in use here yet
it says what is still to be done for the first one'
