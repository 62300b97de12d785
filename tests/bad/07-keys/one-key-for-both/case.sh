about="vendor.key was copied to customer.key: one key for both roles"
prepare() { cp outputs/vendor.key outputs/customer.key; }
run() {
    "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$SHELF/vendor.pass" \
        --customer-password-file "$SHELF/vendor.pass" </dev/null
}
status=5
err="holds the vendor's own key: the roles of vendor and customer are mixed up"
