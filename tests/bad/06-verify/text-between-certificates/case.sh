about='the words that `openssl x509 -subject` puts in front of a certificate'
prepare() { { cat "$SHELF/vendor.pem"; openssl x509 -subject -in "$SHELF/ca/wwdrg3.pem"; cat "$SHELF/ca/root.pem"; } | with_chain; }
out="✗ chain: the chain holds text that is not a certificate: 'subject="
