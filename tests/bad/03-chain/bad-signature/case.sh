about='one bit of the signature is wrong: the certificate was forged or damaged'
prepare() { vendor_cert --fault bad-signature; }
err="the signature of the certificate 'UID=PRACTICE01,
does not match its issuer
OU=G3,"
