about='PKCS#7 as DER'
prepare() { openssl crl2pkcs7 -nocrl -certfile "$SHELF/chain.pem" -outform DER | saved mdm.cer; }
