# What the tests of the program share: a practice Apple for the whole file, a fresh work folder for each test.
# MDMVENDOR and PRACTICE_APPLE name the two programs; ctest sets them.

bats_require_minimum_version 1.5.0

VENDOR_PASSWORD='vendor pass 1'
CUSTOMER_PASSWORD='customer-pass-1'

# Called by each file's setup_file.
apple_opens() {
    export APPLE="$BATS_FILE_TMPDIR/apple"
    export CA="$BATS_FILE_TMPDIR/ca.pem"
    "$PRACTICE_APPLE" init "$APPLE"
    "$PRACTICE_APPLE" bundle "$APPLE" >"$CA"
}

# Called by each file's setup: the test stands in an empty work folder.
fresh_folder() {
    unset MDMVENDOR_VENDOR_PASSWORD MDMVENDOR_CUSTOMER_PASSWORD
    export LC_ALL=C.UTF-8 NO_COLOR=1
    WORK="$BATS_TEST_TMPDIR/work"
    mkdir "$WORK"
    cd "$WORK" || return 1
    printf '%s\n' "$VENDOR_PASSWORD" >"$BATS_TEST_TMPDIR/vendor.pass"
    printf '%s\n' "$CUSTOMER_PASSWORD" >"$BATS_TEST_TMPDIR/customer.pass"
    chmod 600 "$BATS_TEST_TMPDIR"/*.pass
}

# The program with both passwords at hand, trusting the practice Apple; without a terminal.
mdm() {
    "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" \
        --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" "$@" </dev/null
}

# Without any answer at hand.
bare() {
    "$MDMVENDOR" --ca-file "$CA" "$@" </dev/null
}

vendor_portal() {
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/mdm.cer "$@"
}

push_portal() {
    "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt inputs/MDM_Certificate.pem "$@"
}

# Runs until Apple's turn.
waits() {
    run -3 --separate-stderr mdm "$@"
}

# stage NAME COMMAND...: a work folder that is still empty is brought to a stage, by COMMAND or as it did for an earlier test
# of the file; the two differ in nothing but the keys.
stage() {
    local saved="$BATS_FILE_TMPDIR/stage $1" fresh=''
    shift
    [ "$PWD" != "${WORK:-}" ] || [ -n "${MDM_IN_EARNEST:-}" ] || [ -e inputs ] || [ -e outputs ] || [ "$(umask)" = 0000 ] || fresh=yes
    if [ -n "$fresh" ] && [ -d "$saved" ]; then
        cp -pR "$saved/work/." .
        output=$(<"$saved/output") stderr=$(<"$saved/stderr")
        return
    fi
    "$@"
    [ -n "$fresh" ] || return 0
    mkdir "$saved"
    cp -pR . "$saved/work"
    printf '%s' "$output" >"$saved/output"
    printf '%s' "$stderr" >"$saved/stderr"
}

step1() { stage 1 make_step1; }
step2() { stage 2 make_step2; }

# A finished folder.
step3() { stage "3 $*" make_step3 "$@"; }

make_step1() {
    run -3 --separate-stderr mdm
    [ -f outputs/vendor.csr ]
}

make_step2() {
    step1
    vendor_portal
    run -3 --separate-stderr mdm
    [ -f outputs/plist_encode ]
}

make_step3() {
    step2
    push_portal "$@"
    run -0 --separate-stderr mdm
    [ -f outputs/MDM_APNSCert.pfx ]
}

# The topic that the program printed.
topic() {
    sed -n 's/^Topic ID: //p'
}

# The public key in a file, whatever the file is.
public_of() {
    case "$1" in
    *.key) openssl pkey -in "$1" -passin "pass:$2" -pubout ;;
    *.csr) openssl req -in "$1" -noout -pubkey ;;
    *.cer) openssl x509 -inform DER -in "$1" -noout -pubkey ;;
    *) openssl x509 -in "$1" -noout -pubkey ;;
    esac
}

mode_of() {
    stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1"
}

# Every file below a folder with its contents' digest; the archive is left out.
listing() {
    (cd "$1" && find . -type f ! -path './outputs/archive/*' ! -name .lock -exec cksum {} + | sort -k 3)
}

# on DATE ARGS...: the program on that day.
on() {
    day=$1
    shift
    TZ=UTC faketime -f "$day 12:00:00" "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" \
        --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" "$@" </dev/null
}

needs_faketime() {
    command -v faketime >/dev/null || {
        [ "${CI:-}" != true ]
        skip "faketime is not installed"
    }
    ! ldd "$MDMVENDOR" 2>&1 | grep -q 'not a dynamic\|statically linked' || skip "no other clock can be put before a static program"
}

# python_with MODULE: sets PYTHON to one that has it; else a visible skip, or with CI=true a failure.
python_with() {
    local found="$BATS_FILE_TMPDIR/python with $1"
    ! PYTHON=$(cat "$found" 2>/dev/null) || return 0
    for PYTHON in python3 /usr/bin/python3; do
        ! "$PYTHON" -c "import $1" 2>/dev/null || { echo "$PYTHON" >"$found"; return 0; }
    done
    [ "${CI:-}" = true ] || skip "python's $1 is not installed"
    return 1
}
