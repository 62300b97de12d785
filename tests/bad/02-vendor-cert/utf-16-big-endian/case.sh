about='the same in the other byte order'
prepare() { { printf '\376\377'; perl -pe 's/(.)/\0$1/gs' "$SHELF/vendor.pem"; } >inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer' is text in UTF-16"
