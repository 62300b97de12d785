about='a forged vendor certificate'
prepare() { with_fault bad-signature; }
out='✗ chain trust: the signature of the certificate
does not match its issuer'
