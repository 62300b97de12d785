about='a name that looks like an option'
prepare() { cp "$SHELF/vendor.cer" 'inputs/--help.cer'; }
