# Keys and passwords that do not open, or are not what a key should be. mdm.cer is there, step 2 is due.
status=1
from=signing
# lock_as ARGUMENTS OF openssl pkcs8...: puts the vendor's key into place in another form.
lock_as() {
    openssl pkcs8 -topk8 -in "$SHELF/vendor.clear" -passout "pass:$VENDOR_PASSWORD" -out outputs/vendor.key "$@"
    chmod 600 outputs/vendor.key
}
# instead FILE: something else stands where the vendor's key was.
instead() {
    cp "$1" outputs/vendor.key
    chmod 600 outputs/vendor.key
}
# The program with a vendor password from the file named.
with_password() { "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$1" --customer-password-file "$SHELF/customer.pass" </dev/null; }
