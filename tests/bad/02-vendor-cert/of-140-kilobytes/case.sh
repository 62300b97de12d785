about='a certificate of 140 KB, which takes many times its size in memory'
prepare() {
    printf '[req]\ndistinguished_name = dn\nx509_extensions = v3\n[dn]\n[v3]\n2.5.29.100 = DER:%0280000d\n' 0 >huge.cnf
    openssl req -x509 -key "$SHELF/vendor.clear" -subj /CN=a -config huge.cnf -out huge.pem
}
run() { mdm status huge.pem; }
status=1
err='certificate 1: the certificate is larger than 131072 bytes'
