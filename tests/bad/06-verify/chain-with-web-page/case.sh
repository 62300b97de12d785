about='the intermediate was a web page when it was fetched'
prepare() {
    chain_of "$SHELF/vendor.pem"
    sed 's/&/&amp;/g; s/</\&lt;/g' "$SHELF/page.html" >>chain.pem
    cat "$SHELF/ca/root.pem" >>chain.pem
    request chain=chain.pem | encode >request.txt
}
status=5
out="✗ chain trust: the chain in the request lacks"
