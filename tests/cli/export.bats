#!/usr/bin/env bats
# `mdmvendor export`: certificate and clear key in one PEM, after saying so.

load common

setup_file() { apple_opens; }
setup() { fresh_folder; }

@test "the key alone, as PKCS #8 or PKCS #1, and the pfx under another name" {
    umask 000
    step3
    run -0 --separate-stderr mdm export --key push.key
    [ "$(grep -c -- ----- push.key)" = 2 ]
    grep -qx -- '-----BEGIN PRIVATE KEY-----' push.key
    [ "$(openssl pkey -in push.key -pubout)" = "$(openssl x509 -in inputs/MDM_Certificate.pem -noout -pubkey)" ]
    run -0 --separate-stderr mdm export --key rsa.key --pkcs1 --p12 push.p12 --pem push.pem
    openssl pkey -in push.key | cmp - push.key
    openssl rsa -in push.key -traditional | cmp - rsa.key
    cmp push.p12 outputs/MDM_APNSCert.pfx
    [ "$(mode_of push.key)$(mode_of rsa.key)$(mode_of push.p12)$(mode_of push.pem)" = 600600600600 ]
    # The pfx alone needs no password.
    run -0 --separate-stderr bare export --p12 again.p12
    [[ "$stderr" != *"NOT be encrypted"* ]]
    cmp again.p12 outputs/MDM_APNSCert.pfx
    # Nor a key: it is the one in force also while its successor is awaited.
    cp -pR . ../second
    run -3 --separate-stderr mdm renew
    run -0 --separate-stderr bare export --p12 renewing.p12
    cmp again.p12 renewing.p12
    cd ../second
    rm outputs/customer.key
    run -0 --separate-stderr bare status
    [[ "$output" != *"Put the key back"* ]]
    run -5 --separate-stderr mdm export --key new.key
    [[ "$stderr" == *"its key is not at outputs/customer.key"* ]]
    run -0 --separate-stderr bare export --p12 moved.p12
    cmp again.p12 moved.p12
}

@test "when one of several cannot be written, none is; and each needs a place of its own" {
    step3
    echo precious >push.key
    run -1 --separate-stderr mdm export --pem push.pem --key push.key
    [ ! -e push.pem ]
    run -2 --separate-stderr mdm export --pem - --key -
    [ -z "$output" ]
}

@test "a folder that is not finished exports nothing: status 5" {
    run -5 --separate-stderr mdm export --pem push.pem
    [[ "$stderr" == *"hint: "* && "$stderr" != *"NOT be encrypted"* ]]
    [ -z "$(ls -A)" ]
    step2
    run -5 --separate-stderr mdm export --pem push.pem
    push_portal
    run -5 --separate-stderr mdm export --pem push.pem
    [[ "$stderr" == *"step 3"* ]]
    [ ! -e push.pem ]
}

@test "certificate, then key, 0600, of one pair, and said to be clear" {
    umask 000
    step3
    run -0 --separate-stderr mdm export --pem push.pem
    [ -z "$output" ]
    [[ "$stderr" == *"NOT be encrypted"* ]]
    [ "$(mode_of push.pem)" = 600 ]
    [ "$(grep -- '^-----' push.pem | tr '\n' ' ')" = "-----BEGIN CERTIFICATE----- -----END CERTIFICATE----- -----BEGIN PRIVATE KEY----- -----END PRIVATE KEY----- " ]
    [ "$(openssl x509 -in push.pem -noout -pubkey)" = "$(openssl pkey -in push.pem -pubout)" ]
    [ "$(openssl x509 -in push.pem -noout -fingerprint)" = "$(openssl x509 -in inputs/MDM_Certificate.pem -noout -fingerprint)" ]
}

@test "--pkcs1 is the form that mdmctl reads" {
    step3
    run -0 --separate-stderr mdm export --pkcs1 --pem push.pem
    grep -qx -- '-----BEGIN RSA PRIVATE KEY-----' push.pem
    openssl rsa -in push.pem -check -noout
}

@test "- is standard output, and nothing else is there" {
    step3
    run -0 --separate-stderr mdm export --pem -
    [ "$(head -1 <<<"$output")" = "-----BEGIN CERTIFICATE-----" ]
    [ "$(tail -1 <<<"$output")" = "-----END PRIVATE KEY-----" ]
    [[ "$stderr" == *"NOT be encrypted"* ]]
    [ ! -e ./- ]
}

@test "a wrong password writes nothing: status 1; none at hand: status 4" {
    step3
    echo 'not the password' >"$BATS_TEST_TMPDIR/customer.pass"
    run -1 --separate-stderr mdm export --pem push.pem
    [[ "$stderr" == *password* ]]
    run -4 --separate-stderr bare export --pem push.pem
    [[ "$stderr" == *"--customer-password-file"* ]]
    [ ! -e push.pem ]
}

@test "output that cannot be taken is an error" {
    step3
    [ -e /dev/full ] || skip "no /dev/full"
    full() { mdm export --pem - >/dev/full; }
    run -1 full
}
