about='vendor certificate and root, and nothing between ("Signing Certificate Chain Missing")'
prepare() { with_chain "$SHELF/vendor.pem" "$SHELF/ca/root.pem"; }
out="! chain order: certificate 1,
✗ chain trust: the chain in the request lacks
OU=G3"
