#!/usr/bin/env bats
# The practice Apple: what it issues has the form of Apple's certificates, what it refuses is what the portals refuse.
# forms/*.txt hold each certificate as openssl takes it apart: depth, size and value of every field.

load common

TODAY=$(date -u +%Y-%m-%dT%H:%M:%SZ)

setup_file() {
    apple_opens
    cd "$BATS_FILE_TMPDIR" || return 1
    for side in vendor customer; do
        openssl genrsa -out $side.key 2048 2>/dev/null
        openssl req -new -key $side.key -subj "/C=DE/O=Kunde/CN=$side/emailAddress=a@b.example" -out $side.csr
    done
    "$PRACTICE_APPLE" vendor apple vendor.csr mdm.cer --at "$TODAY"
    "$MDMVENDOR" sign --ca-file ca.pem --vendor-key vendor.key --vendor-cert mdm.cer -o request.txt customer.csr
    "$PRACTICE_APPLE" push apple request.txt push.pem --uuid 0f6bd1a2-7c55-4f0e-9c8e-5d1f1a2b3c4d --at "$TODAY"
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return 1
    out="$BATS_TEST_TMPDIR/out"
}

# has_form CERTIFICATE NAME: serial numbers, dates and key identifiers count by their size.
has_form() {
    openssl x509 -in "$1" -outform DER | openssl asn1parse -inform DER |
        sed -E -e 's/^ *[0-9]+:d=([0-9]+) +hl=[0-9] l= *([0-9]+) /\1 \2 /' -e 's/ +/ /g' -e 's/ $//' |
        sed -E -e '/^2 /s/INTEGER :.*/INTEGER .../' -e 's/UTCTIME :[0-9]*/UTCTIME .../' -e '/Key Identifier/,/OCTET/s/(3016801|041)4[0-9A-F]{40}/\14.../' \
            -e '/^[01] [0-9]+ cons: SEQUENCE/d' >"$out"
    diff "$SOURCE_DIR/tests/cli/forms/$2.txt" "$out"
}

# refused WORDS PORTAL ARGS...: with the portal's words, and nothing is issued.
refused() {
    local words=$1
    shift
    rm -f "$out"
    run -1 --separate-stderr "$PRACTICE_APPLE" "$1" apple "$2" "$out" "${@:3}"
    [[ $stderr == *"$words"* ]]
    [ ! -e "$out" ]
}

@test "the vendor certificate has the form of Apple's" {
    "$PRACTICE_APPLE" vendor apple vendor.csr "$BATS_TEST_TMPDIR/v.cer" --at 2026-11-23T12:00:00Z --name 'Acme, Inc.'
    has_form "$BATS_TEST_TMPDIR/v.cer" vendor
    [ "$(openssl x509 -in "$BATS_TEST_TMPDIR/v.cer" -noout -dates)" = "$(printf '%s\n' \
        'notBefore=Nov 23 12:00:00 2026 GMT' 'notAfter=Nov 23 11:59:59 2027 GMT')" ]
    [ "$(openssl x509 -in mdm.cer -noout -pubkey)" = "$(openssl pkey -in vendor.key -pubout)" ]
}

@test "the push certificate has the form of Apple's, and is valid for a year" {
    has_form push.pem push
    openssl x509 -in push.pem -noout -checkend $((364 * 86400))
    run ! openssl x509 -in push.pem -noout -checkend $((365 * 86400))
    [ "$(openssl x509 -in push.pem -noout -dates | cut -d ' ' -f 3 | uniq | wc -l)" -eq 1 ] # to the second
    [ "$(openssl x509 -in push.pem -noout -pubkey)" = "$(openssl pkey -in customer.key -pubout)" ]
}

@test "the certificates of the practice CAs have the form of Apple's, and vouch for what they issue" {
    for ca in root wwdrg3 aai2; do
        "$PRACTICE_APPLE" ca apple $ca $ca.pem
        has_form $ca.pem $ca
    done
    openssl verify -x509_strict -CAfile root.pem -untrusted aai2.pem push.pem
    openssl x509 -inform DER -in mdm.cer -out mdm.pem
    openssl verify -x509_strict -CAfile root.pem -untrusted wwdrg3.pem mdm.pem
}

@test "the push portal's file has lines of 64 characters, and no newline behind the last" {
    [ "$(head -n 1 push.pem)" = '-----BEGIN CERTIFICATE-----' ]
    [ "$(tail -c 25 push.pem)" = '-----END CERTIFICATE-----' ]
    ! sed -e 1d -e '$d' push.pem | sed '$d' | grep -Evx '[A-Za-z0-9+/]{64}'
}

@test "the developer portal wants RSA with 2048 bits" {
    openssl ecparam -name prime256v1 -genkey -noout -out ec.key
    openssl req -new -key ec.key -subj /CN=x -out ec.csr
    refused '"CSR algorithm/size incorrect. Expected: RSA(2048)": found EC(256)' vendor ec.csr
    openssl genrsa -out big.key 3072 2>/dev/null
    openssl req -new -key big.key -subj /CN=x -out big.csr
    refused '"CSR algorithm/size incorrect. Expected: RSA(2048)": found RSA(3072)' vendor big.csr
}

@test "the developer portal wants version 0, and a signature that verifies" {
    openssl req -in vendor.csr -outform DER -out whole.der
    info=$(openssl asn1parse -inform DER -in whole.der | sed -n '2s/^ *\([0-9]*\):.*hl=\([0-9]\) l= *\([0-9]*\) .*/\1 \2 \3/p')
    read -r at head size <<<"$info"
    dd if=whole.der of=info.der bs=1 skip="$at" count=$((head + size)) 2>/dev/null
    printf '\1' | dd of=info.der bs=1 seek=$((head + 2)) conv=notrunc 2>/dev/null # the version
    openssl dgst -sha256 -sign vendor.key -out signature info.der
    piece() { dd if=whole.der bs=1 skip="$1" count="$2" 2>/dev/null; } # piece AT SIZE
    total=$(wc -c <whole.der)
    {
        piece 0 "$at"
        cat info.der
        piece $((at + head + size)) $((total - at - head - size - 256))
        cat signature
    } >version1.der
    openssl asn1parse -inform DER -in version1.der | sed -n 3p | grep 'INTEGER *:01'
    refused '"The certificate request is invalid"' vendor version1.der
    { piece 0 $((total - 1)) && printf '\0'; } >damaged.der
    ! cmp -s whole.der damaged.der || { piece 0 $((total - 1)) && printf '\1'; } >damaged.der
    refused '"The certificate request is invalid"' vendor damaged.der
}

@test "the developer portal takes CSRs only, the push portal requests only" {
    base64 -d request.txt >request.plist
    : >empty
    echo '<?xml version="1.0"?><plist/>' >other.plist
    for file in request.txt mdm.cer other.plist empty; do
        refused '"Invalid Certificate Signing Request"' vendor $file
    done
    for file in request.plist customer.csr empty; do
        refused '"Invalid Certificate Signing Request"' push $file --upload-name a.txt
    done
}

@test "the push portal looks at the name's extension first" {
    for name in customer.csr plist_encode.pem a.txt/b.req; do
        refused 'invalid file type. Supported file extensions are .txt, .rtf, .plist, .b64' push request.txt --upload-name $name
    done
    for name in plist_encode outputs/plist_encode.txt P.PLIST a.csr.txt x.b64 a.b/plist_encode; do
        "$PRACTICE_APPLE" push apple request.txt "$out" --upload-name $name
    done
}

@test "the push portal refuses an expired vendor certificate" {
    refused 'failed because the signing certificate is expired' push request.txt --at 2099-01-01
}

@test "the push portal refuses a SHA-1 signature, another key's, and a request of another Apple" {
    openssl req -in customer.csr -outform DER -out customer.der
    resigned() { # resigned DIGEST KEY
        openssl dgst "-$1" -sign "$2" -out signature customer.der || skip "this system's policy forbids signatures with $1"
        base64 -d request.txt | sed "/PushCertSignature/,/<.string>/s|<string>.*</string>|<string>$(base64 <signature | tr -d '\n')</string>|" |
            base64 >resigned.txt
    }
    bad='Certificate Signature Verification failed because the signature is invalid'
    resigned sha256 vendor.key # so it is the digest and nothing else
    "$PRACTICE_APPLE" push apple resigned.txt "$out"
    resigned sha256 customer.key
    refused "$bad" push resigned.txt
    "$PRACTICE_APPLE" init other
    run -1 "$PRACTICE_APPLE" push other request.txt "$out"
    [[ $output == *"$bad"* ]]
    resigned sha1 vendor.key
    refused "$bad" push resigned.txt
}

@test "Renew keeps the topic and nothing else" {
    topic() { openssl x509 -in "$1" -noout -subject -nameopt multiline | sed -n 's/^ *userId *= //p'; }
    [ "$(topic push.pem)" = com.apple.mgmt.External.0f6bd1a2-7c55-4f0e-9c8e-5d1f1a2b3c4d ]
    "$PRACTICE_APPLE" push apple request.txt "$out" --renew push.pem
    [ "$(topic "$out")" = "$(topic push.pem)" ]
    [ "$(openssl x509 -in "$out" -noout -serial)" != "$(openssl x509 -in push.pem -noout -serial)" ]
    "$PRACTICE_APPLE" push apple request.txt "$out"
    [ "$(topic "$out")" != "$(topic push.pem)" ]
}

@test "Renew takes push certificates of this practice Apple only" {
    "$PRACTICE_APPLE" init forger
    "$PRACTICE_APPLE" vendor forger vendor.csr forged.cer
    "$MDMVENDOR" sign --ca-file <("$PRACTICE_APPLE" bundle forger) --vendor-key vendor.key --vendor-cert forged.cer -o forged.txt customer.csr
    "$PRACTICE_APPLE" push forger forged.txt forged.pem
    refused 'not issued by this practice Apple' push request.txt --renew forged.pem
    refused 'not issued by this practice Apple' push request.txt --renew mdm.cer
}
