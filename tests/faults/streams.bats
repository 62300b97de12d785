#!/usr/bin/env bats
# Output that cannot be written is a failure, not silence; a closed stream is nobody else's file.

load ../cli/common

setup_file() { apple_opens; }
setup() {
    fresh_folder
    [ -e /dev/full ] || skip "there is no /dev/full"
}

# Commands that print a result, in a finished folder.
commands=('' status 'status --json' verify 'verify --json' '-q' --json --help --version 'help 2' 'export --pem -' 'sign csr.pem -o -')

finished() {
    step3
    openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj '/CN=Customer' -out csr.pem 2>/dev/null
}

@test "a full standard output ends every command with 1 and an error" {
    finished
    for command in "${commands[@]}"; do
        status=0
        # shellcheck disable=SC2086 # the words of a command
        mdm $command >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
        echo "'$command': $status: $(cat "$BATS_TEST_TMPDIR/err")"
        [ "$status" = 1 ]
        grep -q 'mdmvendor: error: cannot write' "$BATS_TEST_TMPDIR/err"
        grep -q 'No space left on device' "$BATS_TEST_TMPDIR/err"
    done
}

@test "a closed standard output ends every command with 1 and an error" {
    finished
    before=$(listing .)
    for command in "${commands[@]}"; do
        status=0
        # shellcheck disable=SC2086
        mdm $command >&- 2>"$BATS_TEST_TMPDIR/err" || status=$?
        echo "'$command': $status: $(cat "$BATS_TEST_TMPDIR/err")"
        [ "$status" = 1 ]
        grep -q 'mdmvendor: error: cannot write' "$BATS_TEST_TMPDIR/err"
    done
    [ "$(listing .)" = "$before" ]
}

@test "a reader that has gone away ends what prints quietly, and export of a key with an error" {
    finished
    for command in "${commands[@]}"; do
        # shellcheck disable=SC2086
        { sleep 0.3; status=0; mdm $command 2>"$BATS_TEST_TMPDIR/err" || status=$?; echo "$status" >"$BATS_TEST_TMPDIR/status"; } | true
        echo "'$command': $(cat "$BATS_TEST_TMPDIR/status"): $(cat "$BATS_TEST_TMPDIR/err")"
        case $command in
        export*)
            [ "$(cat "$BATS_TEST_TMPDIR/status")" = 1 ]
            grep -q 'mdmvendor: error: cannot write' "$BATS_TEST_TMPDIR/err"
            ;;
        *)
            [ "$(cat "$BATS_TEST_TMPDIR/status")" = 141 ]
            ! grep -q 'mdmvendor: error:' "$BATS_TEST_TMPDIR/err" || return 1
            ;;
        esac
    done
}

@test "full or closed standard error does not stop the work, and leaves no status 0" {
    step1
    vendor_portal
    status=0
    mdm >"$BATS_TEST_TMPDIR/out" 2>/dev/full || status=$?
    [ "$status" = 3 ]
    [ -f outputs/plist_encode ]
    [ "$(public_of outputs/customer.csr)" = "$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")" ]
    push_portal
    status=0
    mdm >"$BATS_TEST_TMPDIR/out" 2>&- || status=$?
    [ "$status" = 1 ]
    grep -q '^Topic ID: ' "$BATS_TEST_TMPDIR/out"
    for command in 1 '3' 'csr' 'renew --abandon'; do
        status=0
        # shellcheck disable=SC2086
        mdm $command >/dev/null 2>/dev/full || status=$?
        [ "$status" != 0 ]
    done
    openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -noout
}

@test "with all three streams closed no message ends up in a file" {
    step1
    vendor_portal
    "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" \
        --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" <&- >&- 2>&- || true
    openssl pkey -in outputs/customer.key -passin "pass:$CUSTOMER_PASSWORD" -noout
    [ "$(head -c 11 outputs/customer.key)" = '-----BEGIN ' ]
    [ ! -s outputs/.lock ]
    run -0 --separate-stderr bare verify outputs/plist_encode
}
