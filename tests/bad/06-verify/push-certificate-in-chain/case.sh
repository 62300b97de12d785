about='the push certificate in the chain where the vendor certificate is expected'
prepare() { { cat "$SHELF/push.pem"; echo; cat "$SHELF/ca/aai2.pem" "$SHELF/ca/root.pem"; } | with_chain; }
out='✗ vendor certificate: 
is a push certificate, but the vendor certificate is expected'
