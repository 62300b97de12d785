about='two certificates for the key: the one that expires last'
prepare() {
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/mdm.cer --days 90
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/renewed.cer
}
check() { mdm status | grep -q '^✓ vendor .*inputs/renewed.cer'; }
