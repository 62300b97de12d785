about='something stands behind the last certificate'
prepare() { { cat "$SHELF/chain.pem"; echo 'EOF'; } | with_chain; }
out="✗ chain: the chain holds text that is not a certificate: 'EOF'"
