about='a certificate ends within the days asked for'
run() { mdm status --days 400; }
out='expires on'
