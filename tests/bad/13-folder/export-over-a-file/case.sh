about='export does not write over a file that is there'
from=step3
prepare() { echo precious >out.pem; }
run() { mdm export --pem out.pem; }
status=1
err='out.pem'
check() { grep -qx precious out.pem; }
