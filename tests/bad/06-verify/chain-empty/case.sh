about='a chain with nothing in it (a download that failed unnoticed)'
prepare() { echo | with_chain; }
out="✗ chain: "
