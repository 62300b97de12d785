about='an empty download'
prepare() { : >"$CERT"; }
status=1
err="is an empty file, but $DUE"
