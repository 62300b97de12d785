#!/usr/bin/env bats
# What another user plants in the work folder is refused or harmless.

load ../cli/common

NOBODY=65534

setup_file() { apple_opens; }
setup() {
    fresh_folder
    exec 4>&-
}

# Acts as another user, whom let_in() let in.
other() {
    setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups "$@"
}

# Whatever goes on while this is there ends with the test.
teardown() {
    rm -f "$BATS_TEST_TMPDIR/go_on"
}

# Another user gets as far as the work folder and the program, or the test is skipped. What lies above is not ours to open.
let_in() {
    [ "$(id -u)" = 0 ] || skip "only root can act as another user"
    command -v setpriv >/dev/null || skip "setpriv is not installed"
    path=$WORK
    while [ "$path" != "$(dirname "$BATS_RUN_TMPDIR")" ]; do
        chmod o+x "$path"
        path=$(dirname "$path")
    done
    other test -x "$WORK" || skip "other users cannot enter the folder for temporary files"
    # shellcheck disable=SC2016 # the inner shell expands it
    other sh -c '"$0" --version' "$MDMVENDOR" >/dev/null 2>&1 || skip "other users cannot run the program where it lies"
}

ends_in_time() {
    run --separate-stderr timeout 300 "$MDMVENDOR" --ca-file "$CA" --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" \
        --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" "$@" </dev/null
    [ "$status" != 124 ]
    [ "$status" -lt 128 ]
}

@test "a link in the place of outputs/, inputs/ or the archive is refused" {
    mkdir "$BATS_TEST_TMPDIR/elsewhere"
    ln -s "$BATS_TEST_TMPDIR/elsewhere" outputs
    ends_in_time
    [ "$status" = 1 ]
    [[ "$stderr" == *"outputs' is a symbolic link"* ]]
    rm outputs
    ln -s "$BATS_TEST_TMPDIR/elsewhere" inputs
    ends_in_time
    [ "$status" = 1 ]
    [[ "$stderr" == *"inputs' is a symbolic link"* ]]
    rm inputs
    step1
    rm -r outputs/archive
    ln -s "$BATS_TEST_TMPDIR/elsewhere" outputs/archive
    before=$(listing .)
    ends_in_time 1
    [ "$status" = 1 ]
    [ "$(listing .)" = "$before" ]
    [ -z "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ]
}

@test "links and pipes under the names of our files in outputs/ are not written through" {
    for name in vendor.key vendor.csr; do
        for kind in link dangling pipe; do
            rm -rf outputs
            mkdir -m 700 outputs
            : >"$BATS_TEST_TMPDIR/victim"
            case $kind in
            link) ln -s "$BATS_TEST_TMPDIR/victim" "outputs/$name" ;;
            dangling) ln -s "$BATS_TEST_TMPDIR/nowhere" "outputs/$name" ;;
            pipe) mkfifo "outputs/$name" ;;
            esac
            ends_in_time
            echo "$name, $kind: $status: $stderr"
            [ "$status" = 1 ]
            [[ "$stderr" == *"outputs/$name"* ]]
            [ ! -s "$BATS_TEST_TMPDIR/victim" ]
            [ ! -e "$BATS_TEST_TMPDIR/nowhere" ]
            [ "$(find outputs -name '*.key' -type f)" = '' ]
        done
    done
}

@test "a link in the place of the lock is refused" {
    mkdir -m 700 outputs
    ln -s "$BATS_TEST_TMPDIR/lock" outputs/.lock
    ends_in_time
    [ "$status" = 1 ]
    [ ! -e "$BATS_TEST_TMPDIR/lock" ]
    rm outputs/.lock
    mkfifo outputs/.lock
    ends_in_time
    [ "$status" = 1 ]
    [[ "$stderr" == *".lock' is not a regular file"* ]]
}

@test "outputs/ that group or others can write to is refused, with the reason" {
    step1
    for mode in 770 707 777 1777; do
        chmod "$mode" outputs
        ends_in_time
        [ "$status" = 1 ]
        [[ "$stderr" == *"other users can write to the folder"* ]]
        [[ "$stderr" == *"chmod go-w"* ]]
    done
    chmod 755 outputs
    ends_in_time
    [ "$status" = 3 ]
}

@test "outputs/ of another user is refused, with the reason" {
    let_in
    mkdir outputs
    chmod 777 .
    run -1 --separate-stderr other "$MDMVENDOR" --ca-file "$CA" --no-input </dev/null
    [[ "$stderr" == *"belongs to another user"* || "$stderr" == *"Permission denied"* ]]
    chown $NOBODY outputs
    chmod 755 outputs
    run -1 --separate-stderr mdm
    [[ "$stderr" == *"belongs to another user (user ID $NOBODY"* ]]
}

@test "a hard link of another user's file does not change that file" {
    let_in
    step1
    vendor_portal
    echo precious >"$BATS_TEST_TMPDIR/precious"
    ln "$BATS_TEST_TMPDIR/precious" outputs/customer.csr
    ln "$BATS_TEST_TMPDIR/precious" outputs/plist_encode
    ends_in_time
    [ "$(cat "$BATS_TEST_TMPDIR/precious")" = precious ]
    [ "$status" = 3 ]
    openssl req -in outputs/customer.csr -noout -verify
    [ "$(find outputs/archive -name customer.csr -exec cat {} +)" = precious ]
}

@test "an inputs/ that others write to is read with care: their links, pipes and swaps" {
    let_in
    step1
    vendor_portal
    chmod 777 inputs
    mv inputs/mdm.cer "$BATS_TEST_TMPDIR/mdm.cer"
    other ln -s /etc/shadow inputs/mdm.cer
    ends_in_time
    [ "$status" = 1 ]
    [[ "$stderr" != *root:* ]]
    rm -f inputs/mdm.cer
    cp "$BATS_TEST_TMPDIR/mdm.cer" inputs/good.cer
    chmod 644 inputs/good.cer
    # Swapped as fast as it goes, between a file, a link and a pipe.
    cat >"$BATS_TEST_TMPDIR/swap" <<'SWAP'
cd "$1" || exit 1
while [ -e "$2" ]; do
    ln -sf /etc/shadow a.tmp && mv -f a.tmp swap.cer
    rm -f b.tmp && mkfifo b.tmp && mv -f b.tmp swap.cer
    echo text >c.tmp && mv -f c.tmp swap.cer
done
SWAP
    chmod 644 "$BATS_TEST_TMPDIR/swap"
    chmod o+x "$BATS_TEST_TMPDIR"
    touch "$BATS_TEST_TMPDIR/go_on" # a signal would end what runs it as the other user, not the loop itself
    other sh "$BATS_TEST_TMPDIR/swap" "$WORK/inputs" "$BATS_TEST_TMPDIR/go_on" 3>&- 2>/dev/null &
    for _ in 1 2 3 4 5; do
        rm -rf outputs/customer.* outputs/plist_encode* outputs/archive
        ends_in_time
        echo "$status: $stderr"
        [ "$status" = 3 ] || [ "$status" = 1 ]
        [[ "$stderr" != *root:* ]]
    done
    rm "$BATS_TEST_TMPDIR/go_on"
    wait
}

@test "keys and pfx are 0600 and folders 0700 whatever the umask, while they are written as well" {
    for mask in 000 022 077 777; do
        rm -rf outputs inputs
        (umask "$mask" && mdm >/dev/null 2>&1 || [ $? = 3 ])
        [ "$(mode_of outputs)" = 700 ]
        [ "$(mode_of inputs)" = 700 ]
        [ "$(mode_of outputs/vendor.key)" = 600 ]
    done
    vendor_portal
    (umask 000 && mdm >/dev/null 2>&1 || [ $? = 3 ])
    push_portal
    (umask 000 && mdm >/dev/null 2>&1)
    (umask 000 && mdm export --pem push.pem >/dev/null 2>&1)
    [ "$(mode_of outputs/customer.key)" = 600 ]
    [ "$(mode_of outputs/MDM_APNSCert.pfx)" = 600 ]
    [ "$(mode_of push.pem)" = 600 ]
}

@test "another process of the same user can neither read its memory nor attach to it" {
    [ -d /proc/self ] || skip "there is no /proc"
    let_in
    chmod 777 .
    cat >"$BATS_TEST_TMPDIR/spy" <<'SPY'
cd "$1" || exit 1
mkfifo pipe
"$2" --vendor-password-file pipe --no-input </dev/null >/dev/null 2>&1 &
spied=$!
sleep 1
kill -0 $spied || exit 2
cat /proc/$spied/environ >/dev/null 2>&1 && echo environ
head -c 1 /proc/$spied/mem >/dev/null 2>&1 && echo mem
ls /proc/$spied/fd >/dev/null 2>&1 && echo fd
command -v gdb >/dev/null && gdb -p $spied -batch -ex 'info registers' 2>/dev/null | grep -q '^[re]ip\|^pc' && echo gdb
kill $spied
wait $spied
exit 0
SPY
    chmod 644 "$BATS_TEST_TMPDIR/spy"
    chmod o+x "$BATS_TEST_TMPDIR"
    run -0 other sh "$BATS_TEST_TMPDIR/spy" "$WORK" "$MDMVENDOR"
    [ -z "$output" ]
}

@test "verify neither waits for a pipe in the place of the folder's own files nor follows a link" {
    step2
    for name in customer.csr plist_encode; do
        mv "outputs/$name" kept
        mkfifo "outputs/$name"
        run -1 --separate-stderr timeout 20 "$MDMVENDOR" --ca-file "$CA" verify </dev/null
        [[ "$stderr" == *"'outputs/$name' is a symbolic link, pipe"* ]]
        rm "outputs/$name"
        ln -s ../kept "outputs/$name"
        run -1 --separate-stderr timeout 20 "$MDMVENDOR" --ca-file "$CA" verify </dev/null
        mv kept "outputs/$name"
    done
}
