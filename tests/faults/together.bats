#!/usr/bin/env bats
# Several runs at once: one works, the others say so; whoever is killed leaves no lock behind.

load ../cli/common

setup_file() { apple_opens; }
setup() {
    fresh_folder
    holder=
}
teardown() {
    [ -z "$holder" ] || kill -9 "$holder" 2>/dev/null || true
}

# Waits for Apple, in a process of its own, whose number is then in $holder.
hold() {
    "$MDMVENDOR" --ca-file "$CA" --wait --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" \
        --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" </dev/null 2>"$BATS_TEST_TMPDIR/waiting" 3>&- &
    holder=$!
    until grep -q 'Waiting for' "$BATS_TEST_TMPDIR/waiting"; do sleep 0.1; done
}

# Starts N runs in the same moment: they wait for the gate, which is then opened for all.
race() {
    racers=
    mkfifo gate
    for i in $(seq "$1"); do
        (
            read -r _ <gate || true
            status=0
            mdm >"$BATS_TEST_TMPDIR/out.$i" 2>"$BATS_TEST_TMPDIR/err.$i" || status=$?
            echo "$status" >"$BATS_TEST_TMPDIR/status.$i"
        ) 3>&- &
        racers="$racers $!"
    done
    sleep 1
    : >gate
    # shellcheck disable=SC2086 # a list of numbers
    wait $racers
    rm gate
}

@test "of twenty runs started together one works, and the others say who does and end with 1" {
    race 20
    [ "$(cat "$BATS_TEST_TMPDIR"/status.* | grep -c '^3$')" -ge 1 ]
    [ "$(cat "$BATS_TEST_TMPDIR"/status.* | grep -vc '^[13]$')" = 0 ]
    for i in $(seq 20); do
        if [ "$(cat "$BATS_TEST_TMPDIR/status.$i")" = 1 ]; then
            grep -Eq "error: another mdmvendor \(process [0-9]+\) is working in" "$BATS_TEST_TMPDIR/err.$i"
            grep -q '^hint: ' "$BATS_TEST_TMPDIR/err.$i"
        fi
    done
    # Whoever came later than the first found its files and made no others.
    [ "$(cat "$BATS_TEST_TMPDIR"/err.* | grep -c "^Wrote outputs/vendor.key")" = 1 ]
    [ "$(public_of outputs/vendor.csr)" = "$(public_of outputs/vendor.key "$VENDOR_PASSWORD")" ]
    [ -z "$(find outputs/archive -type f ! -name list.txt)" ]
    [ -z "$(find . -name '*.tmp')" ]
}

@test "a run that waits for Apple keeps nineteen others out, and status works meanwhile" {
    waits
    hold
    race 19
    [ "$(cat "$BATS_TEST_TMPDIR"/status.* | sort -u)" = 1 ]
    run -0 --separate-stderr bare status
    kill -9 "$holder"
    wait "$holder" || true
    run -3 --separate-stderr mdm
    [[ "$stderr" != *"another mdmvendor"* ]]
}

@test "a lock does not outlive a run that is killed, however it is killed" {
    waits
    for signal in TERM HUP KILL; do # a shell starts what it leaves behind with SIGINT and SIGQUIT ignored
        hold
        run -1 --separate-stderr mdm
        [[ "$stderr" == *"another mdmvendor (process "* ]]
        kill "-$signal" "$holder"
        wait "$holder" || true
        run -3 --separate-stderr mdm
        [[ "$stderr" != *"another mdmvendor"* ]]
        : >"$BATS_TEST_TMPDIR/waiting"
    done
}

@test "four runs of sign into one folder give every request once" {
    step2
    mkdir csrs requests
    for i in $(seq 12); do
        openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj "/CN=Customer $i" -out "csrs/c$i.csr" 2>/dev/null
    done
    for _ in 1 2 3 4; do
        mdm sign --output-dir requests csrs/*.csr >/dev/null 2>>"$BATS_TEST_TMPDIR/err" 3>&- &
    done
    wait
    run -0 --separate-stderr mdm sign --output-dir requests csrs/*.csr
    [ "$(find requests -name '*.plist_encode' | wc -l)" = 12 ]
    [ "$(find requests -type f | wc -l)" = 12 ]
    run -0 --separate-stderr bare verify requests/*.plist_encode
}
