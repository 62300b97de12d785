#!/usr/bin/env bats
# The PEM of export in the hands of the MDM servers that want it: what their language reads it with.

load common

setup_file() { apple_opens; }

setup() {
    fresh_folder
    OUT="$BATS_TEST_TMPDIR/out"
    mkdir "$OUT"
}

# as_a SERVER FILE: reads it as that server does.
as_a() {
    GO111MODULE=off GOTOOLCHAIN=local GOCACHE="$BATS_FILE_TMPDIR/go-cache" GOPATH="$BATS_FILE_TMPDIR/go" \
        go run "$BATS_TEST_DIRNAME/readers/pem.go" "$1" "$2" "$OUT"
}

# The key and the one certificate, and both as they should be.
read_whole() {
    [ "$(cat "$OUT/public.pem")" = "$(openssl x509 -in inputs/MDM_Certificate.pem -noout -pubkey)" ]
    [ "$(cat "$OUT/certs.pem")" = "$(openssl x509 -in inputs/MDM_Certificate.pem)" ]
}

@test "the default form: NanoMDM's X509KeyPair reads certificate and clear key" {
    needs go
    step3
    mdm export --pem push.pem
    as_a nanomdm push.pem
    read_whole
}

@test "--pkcs1: mdmctl's ParsePKCS1PrivateKey reads it, and X509KeyPair as well" {
    needs go
    step3
    mdm export --pkcs1 --pem push.pem
    as_a mdmctl push.pem
    read_whole
    rm "$OUT"/*
    as_a nanomdm push.pem
    read_whole
}

@test "the default form is none for mdmctl, which is what --pkcs1 is for" {
    needs go
    step3
    mdm export --pem push.pem
    run as_a mdmctl push.pem
    [ "$status" -ne 0 ]
    [[ "$output" == *"PKCS8"* ]]
}
