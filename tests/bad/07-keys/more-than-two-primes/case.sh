about="an RSA key of four primes, which hardly any program reads"
from=nothing
prepare() {
    mkdir -m 700 outputs && mkdir inputs
    instead "$SHELF/rsa4096.clear"
}
err="outputs/vendor.key
more than two primes"
not='is not encrypted'
