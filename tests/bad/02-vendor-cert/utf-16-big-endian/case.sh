about='the same in the other byte order'
prepare() { { printf '\376\377'; perl -pe 's/(.)/\0$1/gs' "$SHELF/vendor.pem"; } >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is UTF-16 text"
