about='an intermediate that this release does not know: its name and where to get it'
prepare() { vendor_cert --fault unknown-issuer; }
err="was issued by 'CN=PRACTICE Worldwide Developer Relations Certification Authority,OU=G9,
that CA certificate is missing
hint: Download it from http://certs.practice.invalid/wwdrg9.der and put it into inputs/"
