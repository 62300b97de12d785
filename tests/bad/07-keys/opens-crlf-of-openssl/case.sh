about="a key that openssl locked by a file with CRLF has the CR in its password (openssl/openssl#7310)"
prepare() {
    printf '%s\r\n' "$VENDOR_PASSWORD" >crlf.pass
    chmod 600 crlf.pass
    openssl pkcs8 -topk8 -in outputs/vendor.key -passin "pass:$VENDOR_PASSWORD" -v2 aes-256-cbc -passout file:crlf.pass -out locked.key 2>/dev/null
    chmod 600 locked.key
    openssl req -new -key "$SHELF/other.clear" -subj /CN=other -out other.csr
}
run() { plain --ca-file "$CA" sign --vendor-key locked.key --vendor-password-file crlf.pass -o request other.csr; }
status=0
writes=yes
check() { [ -s request ]; }
