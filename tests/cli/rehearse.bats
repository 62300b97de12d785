#!/usr/bin/env bats
# `mdmvendor rehearse`, and the folder that it leaves: recognised without --ca-file, and only where nothing is real.

load common

setup_file() {
    apple_opens
    export LEFT="$BATS_FILE_TMPDIR/left"
    "$MDMVENDOR" rehearse "$LEFT" </dev/null 2>"$BATS_FILE_TMPDIR/said"
}
setup() {
    fresh_folder
    echo rehearsal >"$BATS_TEST_TMPDIR/password"
}

flat() { tr -s ' \n' ' ' <<<"$1"; }

# The program without --ca-file, with a rehearsal's passwords.
there() {
    "$MDMVENDOR" --vendor-password-file "$BATS_TEST_TMPDIR/password" \
        --customer-password-file "$BATS_TEST_TMPDIR/password" "$@" </dev/null
}

# Stands in a copy of the folder that a rehearsal left.
left() { cp -pR "$LEFT/." .; }

is_practice() {
    run -0 --separate-stderr there verify
    [[ "$stderr" == *"PRACTICE: this is a rehearsal's folder"* ]]
    [[ "$output" == *"the practice Apple accepts it; Apple's portal would refuse it"* ]]
    [[ "$(there status --json 2>/dev/null)" == *'"practice": true'* ]]
}

# Apple's CAs are the ones that count.
is_none() {
    run -5 --separate-stderr there verify
    [[ "$stderr$output" != *"PRACTICE: this"* && "$output" == *"Apple's portal would refuse it"* ]]
    [[ "$(there status --json 2>/dev/null)" == *'"practice": false'* ]]
}

# What a text tells to type: lines indented by four, and commands in backquotes (those with a placeholder left out).
commands() {
    grep -oE '^    (mdmvendor|mkdir).*|`mdmvendor[^`]*`' | sed -E 's/^    |`//g' | grep -vE '\b[A-Z]{3,}\b'
}

# Types all commands of standard input, as they stand. At Apple's turn, and at the first password of the real thing, a run
# ends without a terminal.
paste() {
    local command status count=0
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$MDMVENDOR" "$BATS_TEST_TMPDIR/bin/mdmvendor"
    while read -r command; do
        status=0
        HOME="$BATS_TEST_TMPDIR" PATH="$BATS_TEST_TMPDIR/bin:$PATH" sh -c "$command" </dev/null >out 2>&1 || status=$?
        case "$status $command" in
        0\ * | "3 mdmvendor -C "* | "4 mdmvendor -C "*/mdm-push | "4 mdmvendor -C "*" renew") ;;
        *) echo "$status: $command"; cat out; return 1 ;;
        esac
        count=$((count + 1))
    done
    [ "$count" -ge "$1" ] || { echo "$count commands"; return 1; }
}

@test "the commands printed at the end work as printed, whatever the folder is called" {
    "$MDMVENDOR" rehearse "it's a trial" </dev/null 2>said
    grep -q 'rehearsal is done' said
    ! grep -q -- --ca-file said
    sed '1,/rehearsal is done/d' said | commands | paste 4
}

@test "every command in such a folder says that it is practice, and none sends anything to Apple" {
    left
    is_practice
    openssl req -new -newkey rsa:2048 -nodes -keyout other.key -subj /CN=x -out other.csr 2>/dev/null
    for command in status 'status --format ics' '-q status' 'status --days 400' 'export --pem -' 'sign -o - other.csr' '--json' \
        renew 'renew --days 400' 4 status undo 2 undo 'csr' '1'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr there $command
        [[ "$stderr" == *"PRACTICE: this is a rehearsal's folder"* ]] || { echo "$command: $stderr"; false; }
        [[ "$(flat "$output $stderr")" != *apple.com* ]] || { echo "$command: $output $stderr"; false; }
    done
    [[ "$(flat "$stderr")" == *"Apple's turn"*"nothing to upload"* ]]
    run -0 --separate-stderr there --ca-file practice-ca.pem status
    [[ "$stderr" == *PRACTICE* ]]
}

@test "one certificate from elsewhere, and the folder is as any other" {
    for place in inputs outputs/archive/20260101T000000Z outputs/archive/20260101T000000Z/inputs; do
        rm -rf ./*
        left
        mkdir -p "$place"
        cp "$SOURCE_DIR/data/apple/AppleWWDRCAG3.cer" "$place/mdm.cer"
        is_none
    done
    rm -rf ./*
    left
    "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr ../another.cer # of another practice Apple
    run -0 --separate-stderr there --vendor-cert ../another.cer status --json
    [[ "$output" == *'"practice": false'* && "$stderr" != *PRACTICE* ]]
    # The pfx alone is left, and does not tell what it holds.
    rm -r inputs outputs/MDM_APNSCert.crt outputs/plist_encode*
    [[ "$(there status --json)" == *'"practice": false'* ]]
}

@test "practice-ca.pem beside something real makes nothing trusted" {
    step2
    cp "$LEFT/practice-ca.pem" .
    is_none
    push_portal
    run -0 --separate-stderr mdm
    [[ "$stderr" != *PRACTICE* ]]
    is_none
    # Nor beside a key that has no certificate yet.
    rm -r inputs outputs
    run -3 --separate-stderr there
    [[ "$stderr" != *"PRACTICE: this"* && "$stderr" == *"https://developer.apple.com"* ]]
}

@test "a CA of another name in practice-ca.pem, a link, or junk: it is none" {
    left
    ca=$(cat practice-ca.pem)
    openssl x509 -inform DER -in "$SOURCE_DIR/data/apple/AppleRootCA.cer" >>practice-ca.pem
    is_none
    openssl req -x509 -newkey rsa:2048 -nodes -keyout evil.key -subj /CN=Evil -days 9 2>/dev/null >practice-ca.pem
    is_none
    echo "$ca" >>practice-ca.pem
    is_none
    echo "$ca" >../elsewhere.pem
    ln -sf ../elsewhere.pem practice-ca.pem
    is_none
    rm practice-ca.pem
    echo junk >practice-ca.pem
    is_none
    rm practice-ca.pem
    is_none
    echo "$ca" >practice-ca.pem
    is_practice
}

@test "a file that is named is practice where it lies in such a folder, and elsewhere not" {
    left
    cp outputs/plist_encode ../copy
    run -0 --separate-stderr there verify outputs/plist_encode
    [[ "$output" == *"the practice Apple accepts it"* && "$stderr" == *PRACTICE* ]]
    run -5 --separate-stderr there verify ../copy outputs/plist_encode
    [[ "$output" == *"../copy: Apple's portal would refuse it"*"outputs/plist_encode: the practice Apple accepts it"* ]]
    run -0 --separate-stderr there status outputs/MDM_APNSCert.crt
    [[ "$stderr" == *PRACTICE* ]]
}

@test "--renew without a terminal: the wrong button is refused, the right one keeps the topic, and undo goes back" {
    run -0 --separate-stderr "$MDMVENDOR" rehearse --renew trial </dev/null
    said=$(flat "$stderr")
    [[ "$said" == *"three steps and the renewal"*"A year later"*"First the wrong button"*"warning: the topic changed"*"And now the right one"* ]]
    [ "$(grep -c 'A year later' <<<"$stderr")" = 1 ]
    cd trial
    # The topic of the first year is that of the second, and the one printed.
    old=(outputs/archive/*/MDM_APNSCert.crt)
    first=$(openssl x509 -in "${old[0]}" -noout -subject)
    [ "$first" = "$(openssl x509 -in outputs/MDM_APNSCert.crt -noout -subject)" ]
    [[ "$first" == *"$(topic <<<"$output")"* ]]
    cd ..
    commands <<<"$stderr" | paste 6
    run -0 "$MDMVENDOR" -C trial status
    [[ "$output" == *"3  pfx for the MDM server    done"* ]]
}

@test "--renew belongs to rehearse alone" {
    run -2 --separate-stderr there --renew
    [[ "$stderr" == *"--renew"* ]]
    run -2 --separate-stderr there status --renew
}
