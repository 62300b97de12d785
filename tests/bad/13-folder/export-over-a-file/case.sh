about='export does not write over a file that is there, nor through a link'
from=step3
prepare() { echo precious >out.pem; ln -s target link.pem; }
run() { mdm export --pem link.pem || mdm export --pem out.pem; }
err="'out.pem' exists already"
check() { grep -qx precious out.pem; [ ! -e target ]; }
