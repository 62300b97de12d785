about='intermediates without a root: trust would begin nowhere'
prepare() { cp "$SHELF/ca/wwdrg3.pem" "$ROOM/ca"; }
err="option '--ca-file'
there is no root CA among the certificates
hint: Add the self-signed CA certificate"
