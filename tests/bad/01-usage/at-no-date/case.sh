about='a day that does not exist'
words=(verify --at 2026-02-30)
err="--at
2026-02-30"
