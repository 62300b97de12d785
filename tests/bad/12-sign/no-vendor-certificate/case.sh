about='there is no vendor certificate yet'
from=step1
prepare() { requests a; }
run() { mdm sign a.csr -o a.txt; }
status=3
err='inputs/mdm.cer'
