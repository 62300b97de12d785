# shellcheck shell=sh
# A finished work folder, for the interop tests that are no bats files: sourced.

# make_folder DIR: in DIR, compat.pfx and modern.pfx of one push certificate, push.pem, and customer.pass, their password.
# All is made by the program in DIR/work, with the practice Apple of DIR/apple; what was said is in DIR/run.log.
make_folder() {
    printf 'vendor pass 1\n' >"$1/vendor.pass"
    printf 'customer-pass-1\n' >"$1/customer.pass"
    chmod 600 "$1/vendor.pass" "$1/customer.pass"
    mkdir "$1/work" && walk_through "$1" >"$1/run.log" 2>&1
}

walk_through() {
    "$PRACTICE_APPLE" init "$1/apple" && "$PRACTICE_APPLE" bundle "$1/apple" >"$1/ca.pem" || return
    run_in "$1"
    [ $? -eq 3 ] && "$PRACTICE_APPLE" vendor "$1/apple" "$1/work/outputs/vendor.csr" "$1/work/inputs/mdm.cer" || return
    run_in "$1"
    [ $? -eq 3 ] || return
    "$PRACTICE_APPLE" push "$1/apple" "$1/work/outputs/plist_encode.txt" "$1/work/inputs/MDM_Certificate.pem" || return
    cp "$1/work/inputs/MDM_Certificate.pem" "$1/push.pem"
    run_in "$1" && cp "$1/work/outputs/MDM_APNSCert.pfx" "$1/compat.pfx" || return
    run_in "$1" 3 --pfx modern && cp "$1/work/outputs/MDM_APNSCert.pfx" "$1/modern.pfx"
}

run_in() {
    folder=$1
    shift
    "$MDMVENDOR" -C "$folder/work" --ca-file "$folder/ca.pem" --vendor-password-file "$folder/vendor.pass" \
        --customer-password-file "$folder/customer.pass" "$@" </dev/null
}
