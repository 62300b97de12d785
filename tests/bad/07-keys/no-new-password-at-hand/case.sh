about='a new password is needed and there is nobody to ask'
from=nothing
run() { bare; }
status=4
err="--vendor-password-file"
writes=yes
