about='root, intermediate, vendor certificate, as mdmutil writes them and its users upload them: odd, and no reason to refuse'
prepare() { with_chain "$SHELF/ca/root.pem" "$SHELF/ca/wwdrg3.pem" "$SHELF/vendor.pem"; }
status=0
out="! chain order: the first certificate is
the usual order is vendor certificate, intermediate, root
✓ chain trust: complete
request.txt: Apple's portal should accept it"
