about='TextEdit saved the certificate as a formatted document'
prepare() { { printf '{\\rtf1\\ansi\n'; cat "$SHELF/vendor.pem" 2>/dev/null || cat "$SHELF/vendor.cer"; printf '}\n'; } >inputs/mdm.rtf; }
err="is a formatted document (RTF), but $DUE"
