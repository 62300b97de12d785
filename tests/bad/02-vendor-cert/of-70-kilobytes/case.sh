about='a certificate of 70 KB, which takes many times its size in memory'
prepare() {
    openssl req -x509 -key "$SHELF/vendor.clear" -subj /CN=a -addext "nsComment=$(printf '%070000d' 0)" -out huge.pem
}
run() { mdm status huge.pem; }
status=1
err='certificate 1: the certificate is larger than 65536 bytes'
