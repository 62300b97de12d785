about='a byte order mark before the first line'
prepare() { { printf '\357\273\277'; cat "$SHELF/vendor.pem"; } | saved mdm.cer; }
