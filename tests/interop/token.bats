#!/usr/bin/env bats
# The vendor's key in a token: `--vendor-key pkcs11:...`. Made for Debian 13; elsewhere each case says why it is skipped.

load common
load token

URI='pkcs11:token=vendor;object=mdm;type=private'

setup_file() {
    TOKEN_LACKS=$(token_lacks)
    export TOKEN_LACKS
    [ -z "$TOKEN_LACKS" ] || return 0
    apple_opens
    token_opens
}

setup() {
    case $TOKEN_LACKS in
    "") ;;
    *"is not installed") lacks "$TOKEN_LACKS" ;;
    *) skip "$TOKEN_LACKS" ;;
    esac
    fresh_folder
}

# The program, with the token in reach, and without the vendor's password: there is none.
with_token() {
    OPENSSL_CONF="$TOKEN_CONF" "$MDMVENDOR" --ca-file "$CA" "$@" </dev/null
}

customers() {
    with_token --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" "$@"
}

# with_cnf TEXT WORDS...: with this openssl.cnf in its place.
with_cnf() {
    local TOKEN_CONF="$BATS_TEST_TMPDIR/openssl.cnf"
    printf '%s\n' "$1" >"$TOKEN_CONF"
    shift
    with_token "$@"
}

public_in_token() {
    p11 --export "pkcs11:token=vendor;object=$1;type=public" | openssl pkey -pubin
}

# Step 1 with the token, and Apple's answer.
vendor_by_token() {
    run -3 --separate-stderr with_token --vendor-key "$URI"
    vendor_portal
}

nothing_written() {
    [ -z "$(find . -type f ! -name .lock)" ]
}

@test "step 1 makes the CSR from the token's key: no key file, no password" {
    run -3 --separate-stderr with_token --vendor-key "$URI"
    [ -z "$output" ]
    [[ "$stderr" == *"inputs/mdm.cer"* ]]
    openssl req -in outputs/vendor.csr -verify -noout
    [ "$(public_of outputs/vendor.csr)" = "$(public_in_token mdm)" ]
    [[ "$stderr" == *"mdmvendor --vendor-key '$URI'"* ]]
    [ ! -e outputs/vendor.key ]
    p11 --list-privkeys pkcs11:token=vendor | grep -q CKA_NEVER_EXTRACTABLE
}

@test "steps 2 and 3 sign with it, and ask for the customer's password alone" {
    vendor_by_token
    run -3 --separate-stderr customers --vendor-key "$URI"
    openssl base64 -d -A -in outputs/plist_encode -out "$BATS_TEST_TMPDIR/plist"
    value() { sed -n "/<key>$1</{n;s/.*<string>//;s/<.*//;p;}" "$BATS_TEST_TMPDIR/plist"; }
    value PushCertRequestCSR | openssl base64 -d -A >"$BATS_TEST_TMPDIR/csr.der"
    value PushCertSignature | openssl base64 -d -A >"$BATS_TEST_TMPDIR/signature"
    public_in_token mdm >"$BATS_TEST_TMPDIR/public"
    openssl dgst -sha256 -verify "$BATS_TEST_TMPDIR/public" -signature "$BATS_TEST_TMPDIR/signature" "$BATS_TEST_TMPDIR/csr.der"
    push_portal
    run -0 --separate-stderr customers --vendor-key "$URI"
    [ -n "$(topic <<<"$output")" ]
    openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -nokeys -out "$BATS_TEST_TMPDIR/leaf.pem"
    [ "$(public_of "$BATS_TEST_TMPDIR/leaf.pem")" = "$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")" ]
    [ ! -e outputs/vendor.key ]
}

@test "redoing step 1, and a renewal, keep the token's key" {
    vendor_by_token
    run -3 --separate-stderr customers --vendor-key "$URI"
    push_portal
    run -0 --separate-stderr customers --vendor-key "$URI"
    run -0 --separate-stderr with_token 1 --vendor-key "$URI"
    [ "$(public_of outputs/vendor.csr)" = "$(public_in_token mdm)" ]
    old=$(public_of outputs/customer.csr)
    run -3 --separate-stderr customers renew --vendor-key "$URI"
    [ "$(public_of outputs/customer.csr)" != "$old" ]
    "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt inputs/MDM_Certificate.pem \
        --renew outputs/archive/*/inputs/MDM_Certificate.pem
    run -0 --separate-stderr customers --vendor-key "$URI"
}

@test "sign needs no work folder, and signs many with several threads" {
    vendor_by_token
    mkdir csr signed
    for name in $(seq 12); do
        openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj "/CN=$name" -out "csr/$name.csr" 2>/dev/null
    done
    mv inputs/mdm.cer "$BATS_TEST_TMPDIR/"
    rm -r inputs outputs
    run -0 --separate-stderr with_token sign --vendor-key "$URI" --vendor-cert "$BATS_TEST_TMPDIR/mdm.cer" -j 4 \
        --output-dir signed csr/*.csr
    [ "$(ls signed | wc -l)" -eq 12 ]
    run -0 bare verify signed/*
    [ ! -e outputs ]
}

@test "status tells where the folder stands without the token" {
    vendor_by_token
    run -0 --separate-stderr bare status --json --vendor-key "$URI"
    [[ "$output" == *'"step": 1,'*'"state": "done"'*'"step": 2,'*'"state": "ready"'*'"step": 3,'* ]]
}

@test "without --vendor-key no other key is put in the place of the token's" {
    run -3 --separate-stderr with_token --vendor-key "$URI"
    for _ in before after; do
        before=$(listing .)
        run -1 --separate-stderr mdm
        [[ "$stderr" == *"--vendor-key"* ]]
        [ "$(listing .)" = "$before" ]
        vendor_portal
    done
}

@test "a URI that names nothing: status 1, said so, nothing written" {
    for uri in 'pkcs11:token=vendor;object=nobody;type=private' 'pkcs11:token=elsewhere;object=mdm' \
        'pkcs11:token=vendor;object=mdm;type=public'; do
        run -1 --separate-stderr with_token --vendor-key "$uri"
        [[ "$stderr" == *"error: there is no private key, or its PIN is missing or wrong, at '$uri'"* ]]
        [[ "$stderr" == *"hint: "*"openssl storeutl -keys"* ]]
        nothing_written
    done
}

@test "a URI that fits several keys: none of them is taken" {
    run -1 --separate-stderr with_token --vendor-key 'pkcs11:token=vendor;type=private'
    [[ "$stderr" == *"several private keys match 'pkcs11:token=vendor;type=private'"*"object="* ]]
    nothing_written
}

@test "no provider in openssl.cnf: status 1, and what to do" {
    run -1 --separate-stderr with_cnf "" --vendor-key "$URI"
    [[ "$stderr" == *"no PKCS#11 provider is configured in openssl.cnf for '$URI'"* ]]
    [[ "$stderr" == *"hint: "*"pkcs11-provider"*"openssl list -providers"* ]]
    nothing_written
}

@test "a provider without its module: status 1, and where to look" {
    run -1 --separate-stderr with_cnf "$(openssl_cnf 's/libsofthsm2/nowhere/')" --vendor-key "$URI"
    [[ "$stderr" == *"nothing can be opened at '$URI'"*"hint: "*"module"* ]]
    nothing_written
}

@test "the PIN from a file that the URI names" {
    run -3 --separate-stderr with_cnf "$(openssl_cnf /token-pin/d)" --vendor-key "$URI?pin-source=file:$PIN_FILE"
    [ "$(public_of outputs/vendor.csr)" = "$(public_in_token mdm)" ]
}

@test "a wrong PIN or none: status 1, and nobody is asked, at a terminal either" {
    printf 999999 >"$BATS_TEST_TMPDIR/wrong"
    run -1 --separate-stderr with_cnf "$(openssl_cnf /token-pin/d)" --vendor-key "$URI?pin-source=file:$BATS_TEST_TMPDIR/wrong"
    [[ "$stderr" == *"PIN is missing or wrong"* ]]
    [[ "$stderr" != *999999* ]]
    run -1 --separate-stderr with_cnf "$(openssl_cnf /token-pin/d)" --vendor-key "$URI"
    [[ "$stderr" == *"PIN is missing or wrong"* ]]
    nothing_written
    needs expect
    run expect -c "set timeout 30; set env(OPENSSL_CONF) $BATS_TEST_TMPDIR/openssl.cnf
        spawn $MDMVENDOR --ca-file $CA -C . --vendor-subject CN=x --vendor-key {$URI}
        expect { timeout { puts WAITING } eof }"
    [[ "$output" != *"no more ptys"* ]] || lacks "a pseudo-terminal"
    [[ "$(tr -s '[:space:]' ' ' <<<"$output")" == *"PIN is missing or wrong"* ]]
    [[ "$output" != *WAITING* ]]
    nothing_written
}

@test "a PIN on the command line is refused, and not repeated" {
    run -2 --separate-stderr with_token --vendor-key "$URI?pin-value=$TOKEN_PIN"
    [[ "$stderr" == *"pin-source=file:"* ]]
    [[ "$stderr" != *"$TOKEN_PIN"* ]]
    nothing_written
}

@test "keys that Apple's portal refuses: status 5" {
    key_in_token big rsa --bits 3072
    key_in_token curve ecdsa --curve secp256r1
    run -5 --separate-stderr with_token --vendor-key 'pkcs11:token=vendor;object=big;type=private'
    [[ "$stderr" == *"has 3072 bits"* ]]
    run -5 --separate-stderr with_token --vendor-key 'pkcs11:token=vendor;object=curve;type=private'
    [[ "$stderr" == *"is of type EC"*"hint: Name another key of the token"* ]]
    nothing_written
}

@test "a certificate for another key of the token: status 5, both keys named" {
    vendor_by_token
    run -5 --separate-stderr customers sign --vendor-key 'pkcs11:token=vendor;object=next;type=private' \
        --vendor-cert inputs/mdm.cer -o signed outputs/vendor.csr
    [[ "$stderr" == *"'inputs/mdm.cer' was not issued for 'pkcs11:token=vendor;object=next;type=private'"* ]]
    [ ! -e signed ]
}

@test "SoftHSM without its quirk does not spoil the exit status" {
    cnf=$(openssl_cnf /no-deinit/d)
    run -3 --separate-stderr with_cnf "$cnf" --vendor-key "$URI"
    vendor_portal
    run -1 --separate-stderr with_cnf "$cnf" --vendor-key 'pkcs11:token=vendor;object=nobody;type=private' 1
}
