about="another root than the certificate's"
prepare() { openssl req -x509 -key "$SHELF/other.clear" -subj /CN=Other -days 9 -out "$ROOM/ca"; }
status=5
err="was issued by
that CA certificate is missing"
