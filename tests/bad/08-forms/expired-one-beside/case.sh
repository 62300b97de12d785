about="last year's certificate beside this year's"
prepare() {
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/mdm.cer --fault expired
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/new.cer
}
