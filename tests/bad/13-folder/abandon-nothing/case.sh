about='renew --abandon without a renewal'
from=step3
run() { mdm renew --abandon; }
status=5
err='renewal'
