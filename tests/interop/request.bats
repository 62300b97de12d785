#!/usr/bin/env bats
# The request in the hands of other readers of property lists: each must see the three values that openssl makes of the
# same key, certificates and CSR (a PKCS#1 v1.5 signature is the same whoever makes it).

load common

setup_file() { apple_opens; }

setup() {
    fresh_folder
    step2
    OURS="$BATS_TEST_TMPDIR/ours"
    THEIRS="$BATS_TEST_TMPDIR/theirs"
    XML="$BATS_TEST_TMPDIR/request.plist"
    mkdir "$OURS" "$THEIRS"
    values_by_openssl "$OURS"
    openssl base64 -d -A -in outputs/plist_encode -out "$XML"
}

values_by_openssl() {
    local der="$BATS_TEST_TMPDIR/customer.der"
    openssl req -in outputs/customer.csr -outform DER -out "$der"
    openssl base64 -A -in "$der" >"$1/PushCertRequestCSR"
    {
        openssl x509 -inform DER -in inputs/mdm.cer
        "$PRACTICE_APPLE" ca "$APPLE" wwdrg3
        "$PRACTICE_APPLE" ca "$APPLE" root
    } >"$1/PushCertCertificateChain"
    openssl dgst -sha256 -sign outputs/vendor.key -passin "file:$BATS_TEST_TMPDIR/vendor.pass" "$der" |
        openssl base64 -A >"$1/PushCertSignature"
}

# values_by_xmllint PLIST DIR
values_by_xmllint() {
    local key
    for key in $REQUEST_KEYS; do
        xmllint --nonet --xpath "string(/plist/dict/key[.='$key']/following-sibling::*[1])" "$1" >"$2/$key"
    done
}

# No value more, none less, none different; a newline at the end of a chain is nobody's business.
same_values() {
    local key
    [ "$(ls "$THEIRS")" = "$(ls "$OURS")" ]
    for key in $REQUEST_KEYS; do
        [ -s "$OURS/$key" ]
        [ "$(cat "$THEIRS/$key")" = "$(cat "$OURS/$key")" ]
    done
}

@test "Python's plistlib reads our three values" {
    needs python3
    python3 "$BATS_TEST_DIRNAME/plist.py" outputs/plist_encode "$THEIRS"
    same_values
}

@test "Python's plistlib reads the same from plist_encode.txt and from what sign makes" {
    needs python3
    python3 "$BATS_TEST_DIRNAME/plist.py" outputs/plist_encode.txt "$THEIRS"
    same_values
    mdm sign -o signed outputs/customer.csr
    rm "$THEIRS"/*
    python3 "$BATS_TEST_DIRNAME/plist.py" signed "$THEIRS"
    same_values
}

@test "plistutil reads our three values, through its binary form and back" {
    needs plistutil xmllint
    plistutil -i "$XML" -f bin -o "$BATS_TEST_TMPDIR/binary"
    [ "$(head -c 8 "$BATS_TEST_TMPDIR/binary")" = bplist00 ]
    plistutil -i "$BATS_TEST_TMPDIR/binary" -f xml -o "$BATS_TEST_TMPDIR/again.plist"
    [ "$(grep -c '<key>' "$BATS_TEST_TMPDIR/again.plist")" = 3 ]
    values_by_xmllint "$BATS_TEST_TMPDIR/again.plist" "$THEIRS"
    same_values
}

@test "xmllint takes it for an Apple property list, and reads our three values" {
    needs xmllint
    xmllint --nonet --noout --dtdvalid "$BATS_TEST_DIRNAME/plist.dtd" "$XML"
    [ "$(sed -n 1p "$XML")" = '<?xml version="1.0" encoding="UTF-8"?>' ]
    [ "$(sed -n 2p "$XML")" = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">' ]
    [ "$(xmllint --nonet --xpath 'count(/plist/dict/*)' "$XML")" = 6 ]
    values_by_xmllint "$XML" "$THEIRS"
    same_values
}
