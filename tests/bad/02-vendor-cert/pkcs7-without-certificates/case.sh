about='PKCS#7 without any certificate in it'
prepare() { openssl crl2pkcs7 -nocrl -out inputs/mdm.cer; }
status=1
err="'inputs/mdm.cer'
no certificate in it"
