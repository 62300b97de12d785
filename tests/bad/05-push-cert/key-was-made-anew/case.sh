about='customer.key was replaced by another one after the upload'
prepare() {
    push_cert
    openssl pkcs8 -topk8 -in "$SHELF/other.clear" -v2 aes-256-cbc -iter 2048 -passout "pass:$CUSTOMER_PASSWORD" -out outputs/customer.key
    chmod 600 outputs/customer.key
}
err="'inputs/MDM_Certificate.pem'
outputs/customer.key"
