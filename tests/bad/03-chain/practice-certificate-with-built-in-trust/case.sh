about="a rehearsal's certificate is not taken for one of Apple's"
prepare() { vendor_cert; }
run() { built_in; }
err="was issued by 'CN=PRACTICE Worldwide Developer Relations Certification Authority,OU=G3,
that CA certificate is missing"
