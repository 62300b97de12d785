#!/usr/bin/env bats
# `mdmvendor import`: key and certificate as other tools and servers have them.

load common

setup_file() {
    apple_opens
    # What another server has: a pair from the practice Apple, in all its forms.
    export ELSEWHERE="$BATS_FILE_TMPDIR/elsewhere"
    mkdir "$ELSEWHERE"
    cd "$ELSEWHERE" || return 1
    openssl req -new -newkey rsa:2048 -nodes -keyout push.key -subj '/CN=server' -out push.csr 2>/dev/null
    openssl req -new -newkey rsa:2048 -nodes -keyout vendor.key -subj '/CN=vendor' -out vendor.csr 2>/dev/null
    "$PRACTICE_APPLE" vendor "$APPLE" vendor.csr mdm.cer
    printf '%s\n' "$VENDOR_PASSWORD" >vendor.pass
    chmod 600 vendor.pass
    signed push.csr request.plist
    "$PRACTICE_APPLE" push "$APPLE" request.plist push.crt
    openssl rsa -in push.key -traditional -out rsa.key 2>/dev/null
    openssl rsa -in push.key -traditional -aes128 -passout "pass:$CUSTOMER_PASSWORD" -out dek.key 2>/dev/null
    openssl pkey -in push.key -aes256 -passout "pass:$CUSTOMER_PASSWORD" -out locked.key
    cat push.crt push.key >both.pem
    openssl x509 -in push.crt -outform DER -out push.cer
    openssl pkcs12 -export -inkey push.key -in push.crt -passout "pass:$CUSTOMER_PASSWORD" -out push.p12
    openssl pkcs12 -export -inkey push.key -in push.crt -passout pass: -out empty.p12
    openssl pkcs12 -export -inkey push.key -in push.crt -passout pass:another-one -out other.p12
    # As old Keychains write it.
    openssl pkcs12 -export -legacy -inkey push.key -in push.crt -passout "pass:$CUSTOMER_PASSWORD" -out rc2.p12
}

setup() { fresh_folder; }

# signed CSR OUT: as the vendor signs it
signed() {
    "$MDMVENDOR" --ca-file "$CA" --vendor-key "$ELSEWHERE/vendor.key" --vendor-cert "$ELSEWHERE/mdm.cer" \
        -q sign -o "$2" "$1" </dev/null 2>/dev/null
}

# The folder holds the pair, and the pfx opens with the customer's password.
is_imported() {
    [ "$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")" = "$(openssl pkey -in "$ELSEWHERE/push.key" -pubout)" ]
    grep -q 'ENCRYPTED PRIVATE KEY' outputs/customer.key
    [ "$(openssl x509 -in outputs/MDM_APNSCert.crt -outform DER | cksum)" = "$(cksum <"$ELSEWHERE/push.cer")" ]
    openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -noout
    [ "$(mode_of outputs/customer.key)$(mode_of outputs/MDM_APNSCert.pfx)" = 600600 ]
}

@test "each form that tools and servers write: the pair is here, the topic is printed, the folder is finished" {
    for files in "push.crt push.key" "rsa.key push.cer" "dek.key push.crt" "locked.key push.crt" both.pem push.p12 rc2.p12 \
        empty.p12 "push.p12 push.crt push.key"; do
        mkdir folder
        cd folder
        # shellcheck disable=SC2086 # words
        run -0 --separate-stderr mdm import $(printf "$ELSEWHERE/%s " $files)
        [ "$output" = "Topic ID: $(openssl x509 -in "$ELSEWHERE/push.crt" -noout -subject | grep -o 'com\.apple\.mgmt\.[^, /]*')" ]
        is_imported
        run -0 --separate-stderr bare
        run -0 --separate-stderr bare status --json
        [ "$(jq -r '.next.action, .steps[2].state, (.warnings | length)' <<<"$output" | paste -sd' ')" = "finished done 0" ]
        cd ..
        rm -rf folder
    done
}

@test "renew goes on from an imported pair, through to a new pfx with the same topic, and undo takes each back" {
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.p12"
    first=$output
    waits renew
    signed outputs/customer.csr ../request.plist
    "$PRACTICE_APPLE" push "$APPLE" ../request.plist inputs/new.pem --renew "$ELSEWHERE/push.crt"
    run -0 --separate-stderr mdm
    [ "$(tail -1 <<<"$output")" = "$first" ]
    [ "$(public_of outputs/MDM_APNSCert.crt)" = "$(openssl x509 -in inputs/new.pem -noout -pubkey)" ]
    # It does not come in by the back door.
    signed outputs/customer.csr ../request.plist
    "$PRACTICE_APPLE" push "$APPLE" ../request.plist ../newer.pem --renew "$ELSEWHERE/push.crt"
    run -5 --separate-stderr mdm import ../newer.pem
    [[ "$stderr" == *"'../newer.pem' is for the key of this folder"*"hint: Put it into inputs/"* ]]
    # Last year's is told from a new one, with its key and without.
    for file in push.p12 push.crt; do
        run -5 --separate-stderr mdm import "$ELSEWHERE/$file"
        [[ "$stderr" == *"a renewal here has replaced"* ]]
    done
    run -0 --separate-stderr mdm undo
    is_imported
    run -0 --separate-stderr mdm undo
    [ "$(find inputs outputs -type f ! -path '*/archive/*' ! -name .lock)" = "" ]
    run -0 --separate-stderr bare status --json
    [ "$(jq -r '.next.action, .topic' <<<"$output" | paste -sd' ')" = "make-vendor-key null" ]
    run -5 --separate-stderr mdm undo
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.p12"
    is_imported
}

@test "a second import of the same, and of the folder's own pfx, changes nothing" {
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.crt" "$ELSEWHERE/push.key"
    before=$(listing .)
    cp outputs/MDM_APNSCert.pfx ../own.p12
    for file in ../own.p12 outputs/MDM_APNSCert.crt "$ELSEWHERE/push.key"; do
        run -0 --separate-stderr mdm import "$file"
        [[ "$stderr" == *"here already"* ]]
    done
    [ "$(listing .)" = "$before" ]
}

@test "a certificate alone arms the topic guard, is no mistake afterwards, and its key completes it" {
    run -0 --separate-stderr bare import "$ELSEWHERE/push.crt"
    [ "$(find outputs -type f ! -path '*/archive/*' ! -name .lock)" = outputs/MDM_APNSCert.crt ]
    run -0 --separate-stderr bare status --json
    [ "$(jq -r '.warnings | length' <<<"$output")" = 0 ]
    [ "$(jq -r .next.action <<<"$output")" = make-vendor-key ]
    step2
    run -0 --separate-stderr bare status
    [[ "$(tr '\n' ' ' <<<"$output")" == *"Renew on the row 'APSP:"* ]]
    push_portal # a new topic
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"the topic changed"* ]]
    [ "$(cksum <outputs/MDM_APNSCert.crt)" = "$(openssl x509 -in "$ELSEWHERE/push.crt" | cksum)" ]
    push_portal --renew "$ELSEWHERE/push.crt"
    run -0 --separate-stderr mdm
    [[ "$output" == "Topic ID: "* ]]

    mkdir ../second && cd ../second
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.crt"
    run -0 --separate-stderr mdm import "$ELSEWHERE/locked.key"
    is_imported

    # One that lies where its successor is awaited goes to the archive, and comes back with undo.
    mkdir ../third && cd ../third
    run -0 --separate-stderr mdm csr
    cp "$ELSEWHERE/push.crt" inputs/MDM_Certificate.pem
    run -0 --separate-stderr bare import inputs/MDM_Certificate.pem
    run -3 --separate-stderr bare
    run -0 --separate-stderr bare undo
    cmp "$ELSEWHERE/push.crt" inputs/MDM_Certificate.pem
    [ ! -e outputs/MDM_APNSCert.crt ]
}

@test "a key alone asks for its certificate, by import or in inputs/" {
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.key"
    [[ "$stderr" == *"add that"* ]]
    run -3 --separate-stderr bare
    [[ "$stderr" != *customer.csr* ]]
    cp "$ELSEWHERE/push.crt" inputs/
    run -0 --separate-stderr mdm
    is_imported

    mkdir ../second && cd ../second
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.key"
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.cer"
    is_imported
}

@test "a vendor's pair, with the vendor's password: step 1 is done, and the certificate is in inputs/" {
    run -0 --separate-stderr mdm import "$ELSEWHERE/vendor.key" "$ELSEWHERE/mdm.cer" "$ELSEWHERE/vendor.csr"
    [ "$(public_of outputs/vendor.key "$VENDOR_PASSWORD")" = "$(openssl pkey -in "$ELSEWHERE/vendor.key" -pubout)" ]
    waits
    [ -f outputs/plist_encode.txt ]
    run -0 --separate-stderr mdm import "$ELSEWHERE/vendor.key"
    [[ "$stderr" == *"nothing to import"* ]]
}

@test "a vendor's key alone: the certificate in inputs/ says whose it is; else it is said, and undo goes back" {
    run -0 --separate-stderr mdm import "$ELSEWHERE/vendor.key"
    [[ "$stderr" == *"it is taken for the customer's"* ]]
    run -5 --separate-stderr mdm import "$ELSEWHERE/vendor.key" "$ELSEWHERE/mdm.cer"
    [[ "$stderr" == *"hint: "*"mdmvendor undo"* ]]
    run -0 --separate-stderr mdm undo
    cp "$ELSEWHERE/mdm.cer" inputs/
    run -0 --separate-stderr mdm import "$ELSEWHERE/vendor.key"
    [ -s outputs/vendor.key ]
    [ ! -e outputs/customer.key ]

    # In a PKCS #12, with the vendor's password alone.
    mkdir ../second && cd ../second
    openssl x509 -inform DER -in "$ELSEWHERE/mdm.cer" |
        openssl pkcs12 -export -inkey "$ELSEWHERE/vendor.key" -passout "pass:$VENDOR_PASSWORD" -out ../vendor.p12
    run -0 --separate-stderr bare --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" import ../vendor.p12
    [ -s outputs/vendor.key ]
}

@test "without a terminal the one password opens the file and is the new one; it is said when that cannot be" {
    run -1 --separate-stderr mdm import "$ELSEWHERE/other.p12"
    [[ "$stderr" == *"does not open"*"other.p12"*"hint: Without a terminal"* ]]
    run -4 --separate-stderr bare import "$ELSEWHERE/push.p12"
    [[ "$stderr" == *--customer-password-file* ]]
    [ -z "$(ls -A outputs | grep -v .lock)" ]
    printf 'another-one\n' >../other.pass
    chmod 600 ../other.pass
    run -0 --separate-stderr bare --customer-password-file ../other.pass import "$ELSEWHERE/other.p12"
    openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin pass:another-one -noout
}

@test "what does not belong together, is there already or is something else is refused, and nothing is written" {
    openssl genrsa -out other.key 2048 2>/dev/null
    run -5 --separate-stderr mdm import other.key "$ELSEWHERE/push.crt"
    [[ "$stderr" == *"other.key"*"does not belong to"*"push.crt"* ]]
    run -2 --separate-stderr mdm import
    run -1 --separate-stderr mdm import "$ELSEWHERE/push.crt" no-such-file
    [ -z "$(ls -A outputs | grep -v .lock)" ]
    run -0 --separate-stderr mdm csr
    before=$(listing .)
    run -5 --separate-stderr mdm import "$ELSEWHERE/push.p12"
    [[ "$stderr" == *"'outputs/customer.key' is there already"* ]]
    [ "$(listing .)" = "$before" ]
    # Its certificate alone guards the topic all the same.
    run -0 --separate-stderr mdm import "$ELSEWHERE/push.crt"
    signed outputs/customer.csr ../request.plist
    "$PRACTICE_APPLE" push "$APPLE" ../request.plist inputs/new.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"the topic changed"* ]]
}

@test "JSON is the status of the folder, an error included" {
    run -0 --separate-stderr mdm --json import "$ELSEWHERE/push.p12"
    [ "$(jq -r '.next.action' <<<"$output")" = finished ]
    openssl req -new -newkey rsa:2048 -nodes -keyout other.key -subj /CN=x -out other.csr 2>/dev/null
    run -5 --separate-stderr mdm --json import other.key
    [ "$(jq -r '.error.status' <<<"$output")" = 5 ]
}
