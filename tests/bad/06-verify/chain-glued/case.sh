about='BEGIN behind END on one line: a certificate without a last newline was joined with the next'
prepare() { { printf %s "$(cat "$SHELF/vendor.pem")"; printf %s "$(cat "$SHELF/ca/wwdrg3.pem")"; cat "$SHELF/ca/root.pem"; } | with_chain; }
out="✗ pem lines: the BEGIN and END marks of certificate 1 must be on lines of their own"
