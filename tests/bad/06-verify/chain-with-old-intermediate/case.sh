about='another generation of the intermediate than the one that issued (micromdm#723)'
prepare() { with_chain "$SHELF/vendor.pem" "$SHELF/ca/wwdrg4.pem" "$SHELF/ca/root.pem"; }
out="! chain order: certificate 1,
OU=G4
✗ chain trust: the chain in the request lacks
OU=G3"
