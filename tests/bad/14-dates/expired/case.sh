about='a day after both have ended'
run() { mdm status --at 2036-01-01; }
out='expired on
mdmvendor renew'
