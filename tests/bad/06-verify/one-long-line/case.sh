about='a certificate on one line'
prepare() { { cat "$SHELF/vendor.pem"; echo '-----BEGIN CERTIFICATE-----'; sed '/-----/d' "$SHELF/ca/wwdrg3.pem" | tr -d '\n'; echo; echo '-----END CERTIFICATE-----'; cat "$SHELF/ca/root.pem"; } | with_chain; }
out="✗ pem lines: line 1 of certificate 2 has"
