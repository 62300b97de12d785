#!/usr/bin/env bats
# --apple-account: remembered in outputs/apple-account.txt, and shown wherever a person is sent to identity.apple.com.

load common

setup_file() { apple_opens; }
setup() { fresh_folder; }

ACCOUNT=outputs/apple-account.txt

flat() { tr -s ' \n' ' ' <<<"$1"; }

@test "the account is remembered, and stands in every instruction that leads to identity.apple.com" {
    step2
    [ ! -e "$ACCOUNT" ]
    [[ "$(flat "$stderr")" == *"https://identity.apple.com/pushcert, press \"Create a Certificate\", put"* ]]
    waits --apple-account 'push@acme.example'
    [ "$(cat "$ACCOUNT")" = push@acme.example ]
    [ "$(mode_of "$ACCOUNT")" = 600 ]
    [[ "$(flat "$stderr")" == *"https://identity.apple.com/pushcert (as push@acme.example), press \"Create a Certificate\", put"* ]]
    run -0 --separate-stderr bare status
    [[ "$(flat "$output")" == *"Next: "*" at https://identity.apple.com/pushcert (as push@acme.example), press \"Create"*"Apple account: push@acme.example"* ]]
    cp outputs/vendor.csr inputs/MDM_Certificate.pem
    run -5 --separate-stderr mdm
    [[ "$(flat "$stderr")" == *"At identity.apple.com/pushcert (as push@acme.example), upload"* ]]
    push_portal
    run -0 --separate-stderr mdm
    run -0 --separate-stderr bare status --format ics
    [[ "$(sed -z 's/\r\n //g' <<<"$output")" == *"pushcert (as push@acme.example): "* ]]
    run -6 --separate-stderr bare status --days 400
    [[ "$(flat "$output")" == *"(press Renew on its row at identity.apple.com/pushcert (as push@acme.example)"* ]]
}

@test "another name takes its place; it is not archived, and undo leaves it alone" {
    step3
    run -0 mdm --apple-account 'first@acme.example'
    mdm 2 || true
    rm -rf "$BATS_TEST_TMPDIR/archive" && cp -r outputs/archive "$BATS_TEST_TMPDIR/archive"
    run -3 --separate-stderr mdm --apple-account 'Zweite <zwei@acme.example>'
    [[ "$stderr" == *"Apple account in outputs/apple-account.txt was first@acme.example"* ]]
    [ "$(cat "$ACCOUNT")" = 'Zweite <zwei@acme.example>' ]
    diff -r outputs/archive "$BATS_TEST_TMPDIR/archive"
    run -0 mdm undo
    [ "$(cat "$ACCOUNT")" = 'Zweite <zwei@acme.example>' ]
    run -0 --separate-stderr mdm --apple-account 'Zweite <zwei@acme.example>'
    [[ "$stderr" != *"Wrote"* ]]
}

@test "JSON carries it, by its schema, and null where it is not known" {
    account() { jq -r .apple_account; }
    run -3 mdm
    [ "$(bare status --json | account)" = null ]
    printf '\xef\xbb\xbf  j\xc3\xb6rg@acme.example \r\n\r\n' >"$ACCOUNT" # from an editor on Windows
    [ "$(bare status --json | account)" = jörg@acme.example ]
    : >"$ACCOUNT"
    [ "$(bare status --json | account)" = null ]
    run -3 --separate-stderr mdm --json --apple-account a@b.example
    [ "$(account <<<"$output")" = a@b.example ]
}

@test "a file that holds no name is a finding, and is left alone" {
    run -3 mdm
    for text in $'two\nlines' $'a\x1b[2Jb' "$(printf 'x%.0s' {1..300})" $'right\xe2\x80\xaeleft' $'\xff\xfea'; do
        printf '%s' "$text" >"$ACCOUNT"
        run -0 --separate-stderr bare status
        [[ "$(flat "$output")" == *"'$ACCOUNT' does not hold the name of an Apple account"* ]]
        run -3 mdm
        [ "$(cat "$ACCOUNT")" = "$text" ]
    done
    rm "$ACCOUNT"
    ln -s /etc/hostname "$ACCOUNT"
    run -0 bare status
    [[ "$(flat "$output")" == *"does not hold the name"* ]]
    run -1 --separate-stderr mdm --apple-account a@b.example
    [[ "$stderr" == *"cannot write '$ACCOUNT'"* || "$stderr" == *"cannot write"*"apple-account.txt"* ]]
    [ -L "$ACCOUNT" ]
}

@test "what only looks does not take the option, and the name does not begin a folder" {
    for command in status verify 'export --pem p.pem' undo 'sign a.csr'; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr bare $command --apple-account a@b.example
        [[ "$stderr" == *"--apple-account"* ]]
    done
    [ -z "$(ls -A)" ]
    run -4 bare --apple-account a@b.example
    [ "$(cat "$ACCOUNT")" = a@b.example ]
    run -0 bare status
    [[ "$output" == *"1  vendor key and CSR        ready"* ]]
    run -5 mdm undo
}
