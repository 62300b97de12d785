about='CA certificates alone'
prepare() { with_chain "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem"; }
out="✗ chain order: there are only CA certificates in the chain, and no vendor certificate"
