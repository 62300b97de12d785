about='a certificate as `openssl x509 -trustout` writes it, which only OpenSSL reads'
prepare() { openssl x509 -in "$SHELF/vendor.pem" -trustout | cat - "$SHELF/ca/wwdrg3.pem" "$SHELF/ca/root.pem" | with_chain; }
out='✗ chain: there is a block "TRUSTED CERTIFICATE" in the chain'
