about='day, month, year'
words=(verify --at 31.12.2026)
err="--at
31.12.2026
YYYY-MM-DD"
