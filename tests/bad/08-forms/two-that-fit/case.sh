about='two certificates for the key: the one that expires last, and it says so'
prepare() {
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/mdm.cer --days 90
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/renewed.cer
}
err='inputs/renewed.cer
expires last'
