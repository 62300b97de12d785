about="a vendor key of 3072 bits, for which Apple's portal takes no CSR"
from=nothing
prepare() {
    mkdir -m 700 outputs && mkdir inputs
    openssl genrsa -out outputs/vendor.key 3072
    chmod 600 outputs/vendor.key
}
status=5
err="the private key 'outputs/vendor.key' has 3072 bits
2048"
