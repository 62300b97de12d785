about='the intermediate was a web page when it was fetched'
prepare() { { cat "$SHELF/vendor.pem"; sed 's/&/&amp;/g; s/</\&lt;/g' "$SHELF/page.html"; cat "$SHELF/ca/root.pem"; } | with_chain; }
out="✗ chain trust: the chain in the request lacks"
