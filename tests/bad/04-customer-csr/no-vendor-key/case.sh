about="step 4 without the vendor's key"
from=nothing
run() { mdm 4; }
err="step 4 needs the vendor's key
mdmvendor 1"
writes=yes
