about='a damaged key that is not encrypted: no password is asked for'
prepare() { sed '5s/./*/' "$SHELF/vendor.clear" >k; instead k; rm k; }
run() { "$MDMVENDOR" --ca-file "$CA" --no-input </dev/null; }
err="'outputs/vendor.key'
damaged"
not='password'
