about='root before intermediate'
prepare() { with_chain "$SHELF/vendor.pem" "$SHELF/ca/root.pem" "$SHELF/ca/wwdrg3.pem"; }
status=0
out="! chain order: certificate 1,
was not issued by the next"
