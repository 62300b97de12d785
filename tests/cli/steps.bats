#!/usr/bin/env bats
# The three steps by a script, without a terminal: what each makes, where it ends, and what redoing does.

load common

setup_file() { apple_opens; }
setup() { fresh_folder; }

@test "three steps with Apple in between end with the pfx and the topic" {
    run -3 --separate-stderr mdm
    [ -z "$output" ]
    [[ "$stderr" == *"inputs/mdm.cer"* ]]
    vendor_portal
    run -3 --separate-stderr mdm
    [ -z "$output" ]
    [[ "$stderr" == *"inputs/MDM_Certificate.pem"* ]]
    push_portal
    run -0 --separate-stderr mdm
    [[ "$output" =~ ^"Topic ID: com.apple.mgmt.External."[0-9a-f-]+$ ]]
    expected=$(openssl x509 -in inputs/MDM_Certificate.pem -noout -subject -nameopt multiline | sed -n 's/.*com.apple.mgmt/com.apple.mgmt/p')
    [ "$(topic <<<"$output")" = "$expected" ]
}

@test "the vendor's key is PKCS#8, AES-256-CBC, PBKDF2-HMAC-SHA-256 with 600,000 iterations, and 0600" {
    umask 000
    MDM_IN_EARNEST=yes step1 # without the short cuts that the tests take (tests/support/cheap_keys.c)
    [ "$(mode_of outputs/vendor.key)" = 600 ]
    head -1 outputs/vendor.key | grep -qx -- '-----BEGIN ENCRYPTED PRIVATE KEY-----'
    openssl asn1parse -in outputs/vendor.key >"$BATS_TEST_TMPDIR/asn1"
    grep -q PBES2 "$BATS_TEST_TMPDIR/asn1"
    grep -q PBKDF2 "$BATS_TEST_TMPDIR/asn1"
    [ "$(grep -c 'OCTET STRING *\[HEX DUMP\]:[0-9A-F]\{32\}$' "$BATS_TEST_TMPDIR/asn1")" = 2 ] # salt and initialisation vector
    grep -q 'INTEGER *:0927C0' "$BATS_TEST_TMPDIR/asn1"
    grep -q hmacWithSHA256 "$BATS_TEST_TMPDIR/asn1"
    grep -q aes-256-cbc "$BATS_TEST_TMPDIR/asn1"
    openssl pkey -in outputs/vendor.key -passin "pass:$VENDOR_PASSWORD" -text -noout >"$BATS_TEST_TMPDIR/text"
    grep -q '2048 bit' "$BATS_TEST_TMPDIR/text"
    grep -q 'publicExponent: 65537' "$BATS_TEST_TMPDIR/text"
    [ "$(openssl pkey -pubin -in outputs/vendor.key)" = "$(public_of outputs/vendor.csr)" ] # behind it, for whoever has no password
    run openssl pkey -in outputs/vendor.key -passin pass:wrong -noout
    [ "$status" -ne 0 ]
}

@test "the CSRs are version 0, signed with SHA-256, by the key beside them" {
    step2
    for side in vendor customer; do
        openssl req -in outputs/$side.csr -verify -noout
        openssl req -in outputs/$side.csr | cmp - outputs/$side.csr
        openssl req -in outputs/$side.csr -text -noout >"$BATS_TEST_TMPDIR/text"
        grep -q 'Version: 1 (0x0)' "$BATS_TEST_TMPDIR/text"
        grep -q 'Signature Algorithm: sha256WithRSAEncryption' "$BATS_TEST_TMPDIR/text"
    done
    [ "$(public_of outputs/vendor.csr)" = "$(public_of outputs/vendor.key "$VENDOR_PASSWORD")" ]
    [ "$(public_of outputs/customer.csr)" = "$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")" ]
    [ "$(public_of outputs/customer.csr)" != "$(public_of outputs/vendor.csr)" ]
}

@test "the request is one line of base64 of an XML plist that openssl verifies" {
    step2
    cmp outputs/plist_encode outputs/plist_encode.txt
    [ "$(wc -l <outputs/plist_encode)" -le 1 ]
    openssl base64 -d -A -in outputs/plist_encode >"$BATS_TEST_TMPDIR/plist"
    grep -q '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"' "$BATS_TEST_TMPDIR/plist"
    [ "$(grep -o 'PushCert[A-Za-z]*' "$BATS_TEST_TMPDIR/plist" | paste -sd' ')" = "PushCertRequestCSR PushCertCertificateChain PushCertSignature" ]
    xmllint --nonet --noout "$BATS_TEST_TMPDIR/plist"
    value() { xmllint --nonet --xpath "string(//key[.='$1']/following-sibling::string[1])" "$BATS_TEST_TMPDIR/plist"; }
    value PushCertRequestCSR | openssl base64 -d -A >"$BATS_TEST_TMPDIR/csr.der"
    value PushCertSignature | openssl base64 -d -A >"$BATS_TEST_TMPDIR/signature"
    value PushCertCertificateChain >"$BATS_TEST_TMPDIR/chain.pem"
    openssl req -in outputs/customer.csr -outform DER | cmp - "$BATS_TEST_TMPDIR/csr.der"
    openssl x509 -inform DER -in inputs/mdm.cer -noout -pubkey >"$BATS_TEST_TMPDIR/vendor.pub"
    openssl dgst -sha256 -verify "$BATS_TEST_TMPDIR/vendor.pub" -signature "$BATS_TEST_TMPDIR/signature" "$BATS_TEST_TMPDIR/csr.der"
    [ "$(grep -c 'BEGIN CERTIFICATE' "$BATS_TEST_TMPDIR/chain.pem")" = 3 ]
    openssl x509 -in "$BATS_TEST_TMPDIR/chain.pem" -outform DER | cmp - inputs/mdm.cer
    openssl verify -CAfile "$CA" -untrusted "$BATS_TEST_TMPDIR/chain.pem" "$BATS_TEST_TMPDIR/chain.pem"
    awk 'length > 64 { exit 1 }' "$BATS_TEST_TMPDIR/chain.pem"
}

@test "the pfx is 0600, 3DES with a SHA-1 MAC, the leaf alone, and its key fits" {
    export MDM_IN_EARNEST=yes # with all its rounds
    step3
    [ "$(mode_of outputs/MDM_APNSCert.pfx)" = 600 ]
    run -0 openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -info -noout
    [[ "$output" == *"MAC: sha1, Iteration 2048"*"MAC length: 20, salt length: 8"* ]]
    [ "$(grep -c 'pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048$' <<<"$output")" = 2 ]
    openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -nodes >"$BATS_TEST_TMPDIR/pem"
    [ "$(grep -c 'BEGIN CERTIFICATE' "$BATS_TEST_TMPDIR/pem")" = 1 ]
    [ "$(grep -c localKeyID "$BATS_TEST_TMPDIR/pem")$(grep -ci friendlyName "$BATS_TEST_TMPDIR/pem")" = 20 ]
    [ "$(openssl x509 -in "$BATS_TEST_TMPDIR/pem" -noout -pubkey)" = "$(openssl pkey -in "$BATS_TEST_TMPDIR/pem" -pubout)" ]
}

@test "--pfx modern is AES-256 with a SHA-256 MAC" {
    step2
    push_portal
    MDM_IN_EARNEST=yes run -0 --separate-stderr mdm --pfx modern
    run -0 openssl pkcs12 -in outputs/MDM_APNSCert.pfx -passin "pass:$CUSTOMER_PASSWORD" -info -noout
    [[ "$output" == *"MAC: sha256, Iteration 600000"*"MAC length: 32, salt length: 8"* ]]
    [ "$(grep -cE '(data|bag): PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256' <<<"$output")" = 2 ]
}

@test "a finished folder needs no password and prints the topic again" {
    step3
    before=$(listing .)
    printed=$output
    run -0 --separate-stderr bare
    [ "$output" = "$printed" ]
    [ "$(listing .)" = "$before" ]
    run -0 --separate-stderr bare -q
    [ "Topic ID: $output" = "$printed" ]
    [ -z "$stderr" ]
}

@test "redoing step 1 archives key, CSR and certificate, and waits for a new one" {
    step3
    old=$(public_of outputs/vendor.key "$VENDOR_PASSWORD")
    run -3 --separate-stderr mdm 1
    [[ "$stderr" == *"inputs/mdm.cer"* ]]
    [ "$(public_of outputs/vendor.key "$VENDOR_PASSWORD")" != "$old" ]
    [ ! -e inputs/mdm.cer ]
    archived=$(find outputs/archive -name vendor.key)
    [ "$(public_of "$archived" "$VENDOR_PASSWORD")" = "$old" ]
    [[ "$archived" =~ outputs/archive/[0-9]{8}T[0-9]{6}Z(-[0-9]+)?/vendor.key ]]
    [ "$(mode_of outputs/archive)$(mode_of "$(dirname "$archived")")$(mode_of "$archived")" = 700700600 ]
    find outputs/archive -name vendor.csr | grep -q .
    find outputs/archive -name mdm.cer | grep -q .
}

@test "redoing step 2 makes a new customer key and keeps the old pfx until step 3" {
    step3
    old=$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")
    pfx=$(cksum <outputs/MDM_APNSCert.pfx)
    run -3 --separate-stderr mdm 2
    [ "$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")" != "$old" ]
    [ "$(cksum <outputs/MDM_APNSCert.pfx)" = "$pfx" ]
    [ "$(public_of "$(find outputs/archive -name customer.key)" "$CUSTOMER_PASSWORD")" = "$old" ]
    [ ! -e inputs/MDM_Certificate.pem ]
}

@test "redoing step 2 with --keep-key keeps the customer's key and makes a new request" {
    step3
    old=$(cksum <outputs/customer.key)
    request=$(cksum <outputs/plist_encode)
    run -0 --separate-stderr mdm --customer-subject 'C=DE,CN=Another' --keep-key 2
    [ "$(cksum <outputs/customer.key)" = "$old" ]
    [ "$(cksum <outputs/plist_encode)" != "$request" ]
}

@test "redoing step 3 makes the pfx again and archives the old one" {
    step3
    run -0 --separate-stderr mdm 3
    [ -n "$(topic <<<"$output")" ]
    find outputs/archive -name MDM_APNSCert.pfx | grep -q .
}

@test "a renewed mdm.cer makes step 2 due again, with the customer's key kept" {
    step3
    key=$(cksum <outputs/customer.key)
    request=$(cksum <outputs/plist_encode)
    vendor_portal --days 400
    run -0 --separate-stderr mdm
    [ "$(cksum <outputs/customer.key)" = "$key" ]
    [ "$(cksum <outputs/plist_encode)" != "$request" ]
}

@test "inputs/customer.csr is signed as it is and no customer key is made" {
    step1
    vendor_portal
    openssl req -new -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/own.key" -subj /CN=own -outform DER -out inputs/customer.csr 2>/dev/null
    run -0 --separate-stderr mdm
    [ -z "$output" ]
    [ ! -e outputs/customer.key ]
    openssl base64 -d -A -in outputs/plist_encode | grep -q "$(openssl base64 -A -in inputs/customer.csr)"
    [[ "$stderr" == *customer* ]]
}

@test "step 4 signs inputs/customer.csr and stands alone" {
    step3
    openssl req -new -newkey rsa:2048 -nodes -keyout "$BATS_TEST_TMPDIR/own.key" -subj /CN=own -out inputs/customer.csr 2>/dev/null
    pfx=$(cksum <outputs/MDM_APNSCert.pfx)
    request=$(cksum <outputs/plist_encode)
    run -0 --separate-stderr mdm 4
    run -0 bare verify outputs/customer.plist_encode.txt
    openssl base64 -d -A -in outputs/customer.plist_encode.txt | grep -q "$(openssl req -in inputs/customer.csr -outform DER | openssl base64 -A)"
    [ "$(cksum <outputs/MDM_APNSCert.pfx)" = "$pfx" ]
    [ "$(cksum <outputs/plist_encode)" = "$request" ]
    run -0 --separate-stderr bare
    run -3 --separate-stderr mdm renew
}

@test "an old key comes back when Apple's certificate fits it" {
    step1
    cp outputs/vendor.csr "$BATS_TEST_TMPDIR/first.csr"
    old=$(cksum <outputs/vendor.key)
    run -3 --separate-stderr mdm 1
    [ "$(cksum <outputs/vendor.key)" != "$old" ]
    "$PRACTICE_APPLE" vendor "$APPLE" "$BATS_TEST_TMPDIR/first.csr" inputs/mdm.cer
    run -3 --separate-stderr mdm
    [[ "$stderr" == *"restored that key"* ]]
    [ "$(cksum <outputs/vendor.key)" = "$old" ]
    cmp outputs/vendor.csr "$BATS_TEST_TMPDIR/first.csr"
    [ -f outputs/plist_encode ]
}

@test "ten redos in a row lose no key" {
    step1
    for i in 1 2 3 4 5 6 7 8 9 10; do
        run -3 --separate-stderr mdm 1
    done
    [ "$(find outputs -name vendor.key | wc -l)" = 11 ]
    [ "$(find outputs -name vendor.key -exec cksum {} + | cut -d' ' -f1 | sort -u | wc -l)" = 11 ]
}

@test "a renewal that is abandoned leaves the folder as it was" {
    step3
    before=$(listing .)
    run -3 --separate-stderr mdm renew
    [ "$(listing .)" != "$before" ]
    run -0 --separate-stderr mdm renew --abandon
    [ "$(listing .)" = "$before" ]
    run -0 --separate-stderr bare
    run -5 --separate-stderr mdm renew --abandon
}

@test "renew redoes step 1 when the vendor certificate ends soon, and abandoning brings it back" {
    step1
    vendor_portal --days 20
    waits
    push_portal
    run -0 --separate-stderr mdm
    first=$(topic <<<"$output")
    before=$(listing .)
    run -3 --separate-stderr mdm renew
    [[ "$stderr" == *"inputs/mdm.cer"* ]]
    [ ! -e outputs/customer.key ]
    run -0 --separate-stderr mdm renew --abandon
    [ "$(listing .)" = "$before" ]
    cp inputs/MDM_Certificate.pem "$BATS_TEST_TMPDIR/old.pem"
    run -3 --separate-stderr mdm renew
    vendor_portal
    run -3 --separate-stderr mdm
    push_portal --renew "$BATS_TEST_TMPDIR/old.pem"
    run -0 --separate-stderr mdm
    [ "$(topic <<<"$output")" = "$first" ]
}

@test "renew --keep-key keeps the customer's key" {
    step3
    key=$(cksum <outputs/customer.key)
    cp inputs/MDM_Certificate.pem "$BATS_TEST_TMPDIR/old.pem"
    run -3 --separate-stderr mdm renew --keep-key
    [ "$(cksum <outputs/customer.key)" = "$key" ]
    push_portal --renew "$BATS_TEST_TMPDIR/old.pem"
    run -0 --separate-stderr mdm
}

@test "csr makes the customer's side alone, and step 3 finishes it" {
    run -0 --separate-stderr mdm csr
    [ -f outputs/customer.key ] && [ -f outputs/customer.csr ]
    [ ! -e outputs/vendor.key ]
    mkdir "$BATS_TEST_TMPDIR/vendor"
    cp outputs/customer.csr "$BATS_TEST_TMPDIR/vendor/"
    (
        cd "$BATS_TEST_TMPDIR/vendor"
        run -3 --separate-stderr mdm
        vendor_portal
        mv customer.csr inputs/
        run -0 --separate-stderr mdm
        "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt "$WORK/inputs/MDM_Certificate.pem"
    )
    run -0 --separate-stderr mdm 3
    [ -n "$(topic <<<"$output")" ]
    [ -f outputs/MDM_APNSCert.pfx ]
    run -0 --separate-stderr bare
}

@test "passwords come from stdin, one line each, the vendor's first" {
    printf '%s\n%s\n' "$VENDOR_PASSWORD" "$CUSTOMER_PASSWORD" >"$BATS_TEST_TMPDIR/both"
    both() { "$MDMVENDOR" --ca-file "$CA" --vendor-password-file - --customer-password-file - "$@" <"$BATS_TEST_TMPDIR/both"; }
    run -3 --separate-stderr both
    vendor_portal
    run -3 --separate-stderr both
    push_portal
    run -0 --separate-stderr both
    openssl pkey -in outputs/vendor.key -passin "pass:$VENDOR_PASSWORD" -noout
    openssl pkey -in outputs/customer.key -passin "pass:$CUSTOMER_PASSWORD" -noout
}

@test "passwords come from the environment as the last resort" {
    export MDMVENDOR_VENDOR_PASSWORD="$VENDOR_PASSWORD" MDMVENDOR_CUSTOMER_PASSWORD="$CUSTOMER_PASSWORD"
    run -3 --separate-stderr bare
    vendor_portal
    run -3 --separate-stderr bare
    openssl pkey -in outputs/customer.key -passin "pass:$CUSTOMER_PASSWORD" -noout
}

@test "subjects are given by option, with escapes and UTF-8" {
    run -3 --separate-stderr mdm --vendor-subject 'C=US,O=Acme\, Inc.,CN=Größe,emailAddress=a@b.c'
    run -0 openssl req -in outputs/vendor.csr -noout -subject -nameopt utf8,sep_comma_plus,esc_2253
    [[ "$output" == *'O = Acme\, Inc.'* ]] || [[ "$output" == *'O=Acme\, Inc.'* ]]
    [[ "$output" == *Größe* ]]
    [[ "$output" == *a@b.c* ]]
}

@test "--wait goes on the moment the file is there" {
    step1
    (
        sleep 1
        "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr "$BATS_TEST_TMPDIR/mdm.cer"
        mv "$BATS_TEST_TMPDIR/mdm.cer" inputs/
    ) 3>&- &
    run -3 --separate-stderr mdm --wait=4
    [ -f outputs/plist_encode ]
}

@test "a folder of the old script is taken over by copy" {
    mkdir inputs output
    openssl genrsa -traditional -des3 -passout pass:old12 -out vendorPrivateKey.pem 2048 2>/dev/null
    openssl genrsa -traditional -des3 -passout pass:new12 -out customerPrivateKey.pem 2048 2>/dev/null
    openssl req -new -key vendorPrivateKey.pem -passin pass:old12 -subj /CN=v -out vendor.csr
    openssl req -new -key customerPrivateKey.pem -passin pass:new12 -subj /CN=c -out customer.csr
    echo old12 >vendorPrivateKey.txt
    echo old12 >"$BATS_TEST_TMPDIR/vendor.pass"
    echo new12 >"$BATS_TEST_TMPDIR/customer.pass"
    "$PRACTICE_APPLE" vendor "$APPLE" vendor.csr inputs/mdm.cer
    before=$(cksum vendorPrivateKey.pem customerPrivateKey.pem vendor.csr customer.csr)
    run -0 --separate-stderr bare status
    [[ "$output" == *"Next: import the old script's keys"* && "$output" != *"is not in this folder"* ]]
    run -3 --separate-stderr mdm
    [[ "$stderr" == *vendorPrivateKey.txt* ]]
    [ "$(cksum vendorPrivateKey.pem customerPrivateKey.pem vendor.csr customer.csr)" = "$before" ]
    head -1 outputs/customer.key | grep -q 'BEGIN ENCRYPTED PRIVATE KEY'
    [ "$(public_of outputs/customer.key new12)" = "$(public_of customer.csr)" ]
    push_portal
    run -0 --separate-stderr mdm
    [ -n "$(topic <<<"$output")" ]
}

@test "commands are printed as the program was called, with every option that changes the result" {
    local folder="$BATS_TEST_TMPDIR/a folder"
    mkdir "$folder"
    cp "$MDMVENDOR" ./mdmvendor
    unset MDMVENDOR_CALLED_AS
    run -3 --separate-stderr ./mdmvendor -C "$folder" --ca-file "$CA" --pfx modern --vendor-password-file <(echo 'vendor pass 1')
    again=$(grep '^    ./mdmvendor' <<<"$stderr")
    [ "$again" = "    ./mdmvendor -C '$folder' --ca-file $CA --pfx modern" ]
    run -0 ./mdmvendor -C "$folder" --ca-file "$CA" status
    run -3 eval "$(grep '^    ./mdmvendor' <<<"$output")"
    run -2 --separate-stderr ./mdmvendor -C "$folder" stauts
    run -2 --separate-stderr ./mdmvendor -C "$folder" frobnicate
    [[ "$stderr" == *'`./mdmvendor help`'* ]]
    MDMVENDOR_CALLED_AS=scripts/run run -2 --separate-stderr ./mdmvendor --vendor-key x -C "$folder" 7
    [[ "$stderr" == *"\`scripts/run -C '$folder' status --vendor-key x\`"* ]]
    PATH=.:$PATH run -2 --separate-stderr mdmvendor frobnicate
    [[ "$stderr" == *'`mdmvendor help`'* ]]
}
