about='export before there is a push certificate'
from=step2
run() { mdm export --pem out.pem; }
status=5
err='push certificate'
check() { [ ! -e out.pem ]; }
