about='PKCS#7 as PEM'
prepare() { openssl crl2pkcs7 -nocrl -certfile "$SHELF/chain.pem" | saved mdm.p7b; }
