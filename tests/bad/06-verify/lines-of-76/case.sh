about='PEM lines of 76 characters'
prepare() { { echo '-----BEGIN CERTIFICATE-----'; base64_of "$SHELF/vendor.cer" 76; echo '-----END CERTIFICATE-----'; issuers; } | with_chain; }
out="✗ pem lines: line 1 of certificate 1 has 76 characters; all but the last must have 64"
