about='a key file whose public half belongs to another key'
prepare() {
    { cat "$SHELF/vendor.clear"; openssl pkey -in "$SHELF/other.clear" -pubout; } >k
    instead k
    rm k
}
err='outputs/vendor.key
public key does not belong to its private key'
