#!/usr/bin/env bats
# `mdmvendor sign`: one CSR, many, again, and what is not one.

load common

# One vendor for all tests: its key is slow to open, so that the tests use a copy with few rounds.
setup_file() {
    apple_opens
    export VENDOR="$BATS_FILE_TMPDIR/vendor"
    mkdir "$VENDOR"
    openssl genrsa 2048 2>/dev/null >"$VENDOR/clear.key"
    openssl pkcs8 -topk8 -in "$VENDOR/clear.key" -v2 aes-256-cbc -iter 2048 -passout 'pass:vendor pass 1' \
        -out "$VENDOR/vendor.key"
    chmod 600 "$VENDOR/vendor.key"
    openssl req -new -key "$VENDOR/clear.key" -subj "/CN=MDM Vendor" -out "$VENDOR/vendor.csr"
    "$PRACTICE_APPLE" vendor "$APPLE" "$VENDOR/vendor.csr" "$VENDOR/mdm.cer"
    openssl genrsa 2048 2>/dev/null >"$VENDOR/customer.key"
}

setup() { fresh_folder; }

csr() { # csr PATH COMMON-NAME
    mkdir -p "$(dirname "$1")"
    openssl req -new -key "$VENDOR/customer.key" -subj "/CN=$2" -out "$1"
}

sign() {
    "$MDMVENDOR" sign --ca-file "$CA" --vendor-key "${KEY:-$VENDOR/vendor.key}" \
        --vendor-cert "${CERT:-$VENDOR/mdm.cer}" --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" "$@"
}

# holds REQUEST CSR: the request verifies, and carries exactly this CSR.
holds() {
    "$MDMVENDOR" verify --ca-file "$CA" "$1" >/dev/null
    base64 -d "$1" | sed -n '/PushCertRequestCSR/,/<\/string>/p' | sed -n 's/.*<string>\(.*\)<\/string>.*/\1/p' |
        base64 -d | cmp - <(openssl req -in "$2" -outform DER)
}

no_leftovers() { # no temporary file in the folder
    [ -z "$(find "$1" -name '.*' -type f)" ]
}

@test "one CSR goes to standard output, in any form that people have, by name or through a pipe, always the same bytes" {
    csr a.csr Acme
    sign a.csr -o - >one
    sign - <a.csr | cmp one
    holds one a.csr
    while read -r change; do
        (eval "$change") <a.csr >form
        ! cmp -s a.csr form || return 1
        sign form -o - | cmp one
    done <<'FORMS'
openssl req -outform DER
openssl req -text
sed 's/CERTIFICATE REQ/NEW CERTIFICATE REQ/'
sed 's/$/\r/'
printf '\357\273\277' && cat
head -c -1
head -n 1 && sed '/---/d' | tr -d '\n' && echo && tail -n 1 a.csr
cat "$VENDOR/customer.key" -
FORMS
}

@test "the password and the CSR both come through standard input" {
    csr a.csr Acme
    sign a.csr -o - >one
    cat "$BATS_TEST_TMPDIR/vendor.pass" a.csr |
        "$MDMVENDOR" sign --ca-file "$CA" --vendor-key "$VENDOR/vendor.key" --vendor-cert "$VENDOR/mdm.cer" \
            --vendor-password-file - - | cmp one
}

@test "one CSR into a file: made once, found again, never over another file" {
    csr a.csr Acme
    csr b.csr Other
    sign a.csr -o out
    holds out a.csr
    cp out before
    run -0 --separate-stderr sign a.csr -o out
    [[ "$stderr" == *"already"* ]]
    run -1 --separate-stderr sign b.csr -o out
    [[ "$stderr" == *"there is a file of that name already"* ]]
    cmp out before
}

@test "no work folder is needed, looked at or made with key and certificate by option" {
    csr "$BATS_TEST_TMPDIR/a.csr" Acme
    run -0 --separate-stderr sign "$BATS_TEST_TMPDIR/a.csr" -o -
    [ -z "$(ls -A)" ]
}

@test "many into a folder, which is made; again, all are there already" {
    for i in 1 2 3 4 5; do csr "in/c$i.csr" "Customer $i"; done
    run -0 --separate-stderr sign --output-dir out in/*.csr
    [[ "$stderr" == *"5 signed; the requests are in 'out'"* ]]
    [ -z "$output" ]
    for i in 1 2 3 4 5; do holds "out/c$i.plist_encode" "in/c$i.csr"; done
    [ "$(mode_of out/c5.plist_encode)" = 644 ]
    no_leftovers out
    sum=$(cat out/* | cksum)
    rm out/c3.plist_encode
    run -0 --separate-stderr sign --output-dir out in/*.csr
    [[ "$stderr" == *"1 signed, 4 already there"* ]]
    [ "$(cat out/* | cksum)" = "$sum" ]
}

@test "bad CSRs are reported in their order, one line each, and the others are signed: status 1" {
    csr in/a.csr Acme
    csr in/z.csr Zeta
    echo "<html></html>" >in/page.csr
    openssl req -in in/a.csr -outform DER | head -c 300 >in/cut.csr
    run -1 --separate-stderr sign --output-dir out in/a.csr in/page.csr in/missing.csr in/cut.csr in/z.csr
    [[ "$stderr" == *"2 signed, 3 failed"* ]]
    grep 'warning:' <<<"$stderr" | sed 's/.*\(page\|missing\|cut\).*/\1/' | paste -sd' ' >order
    [ "$(cat order)" = "page missing cut" ]
    [ "$(grep -c 'hint:' <<<"$stderr")" -eq 1 ]
    [ "$(ls out | wc -l)" -eq 2 ]
}

@test "refused CSRs alone end with status 5" {
    csr in/good.csr Good
    openssl req -new -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=Small -out in/small.csr 2>/dev/null
    cp "$VENDOR/vendor.csr" in/own.csr
    run -5 --separate-stderr sign --output-dir out in/good.csr in/small.csr in/own.csr
    [[ "$stderr" == *"1024 bits"* ]]
    [[ "$stderr" == *"the vendor's own key"* ]]
    [[ "$stderr" == *"1 signed, 2 failed"* ]]
}

@test "a request with a number that was taken away while a list is signed is made again" {
    csr one/acme.csr First
    csr two/acme.csr Second
    mkfifo list
    {
        printf '%s\n' one/acme.csr two/acme.csr
        while [ ! -e out/acme-2.plist_encode ]; do sleep 0.1; done
        sleep 0.5
        rm out/acme-2.plist_encode
        echo two/acme.csr
    } >list 3>&- &
    run -0 --separate-stderr sign --output-dir out --from list
    wait
    holds out/acme-3.plist_encode two/acme.csr
}

@test "two CSRs of one name are told apart by a number, in the order given, also when run again" {
    csr one/acme.csr First
    csr two/acme.csr Second
    csr three/acme.pem Third
    run -0 --separate-stderr sign --output-dir out one/acme.csr two/acme.csr three/acme.pem
    holds out/acme.plist_encode one/acme.csr
    holds out/acme-2.plist_encode two/acme.csr
    holds out/acme-3.plist_encode three/acme.pem
    [[ "$stderr" == *"two/acme.csr"*"acme-2.plist_encode"* ]]
    run -0 --separate-stderr sign --output-dir out one/acme.csr two/acme.csr three/acme.pem
    [[ "$stderr" == *"0 signed, 3 already there"* ]]
    run -0 --separate-stderr sign --output-dir out two/acme.csr
    [[ "$stderr" == *"0 signed, 1 already there"* ]]
    [ "$(ls out | wc -l)" -eq 3 ]
}

@test "the same path twice is signed once" {
    csr a.csr Acme
    run -0 --separate-stderr sign --output-dir out a.csr a.csr
    [[ "$stderr" == *"1 signed, 1 already there"* ]]
    [ "$(ls out)" = a.plist_encode ]
}

@test "a hundred CSRs of one name get a hundred requests, and are found again" {
    for i in $(seq 100); do csr "in/$i/acme.csr" "Customer $i"; done
    seq 100 | sed 's|.*|in/&/acme.csr|' >list
    run -0 --separate-stderr sign --output-dir out --from list -q
    [ "$(ls out | wc -l)" -eq 100 ]
    holds out/acme-57.plist_encode in/57/acme.csr
    run -0 --separate-stderr sign --output-dir out --from list
    [[ "$stderr" == *"0 signed, 100 already there"* ]]
}

@test "a request whose chain lacks a certificate is not the request that is already there" {
    csr a.csr Acme
    sign --output-dir out a.csr
    base64 -d out/a.plist_encode | awk '/-BEGIN CERTIFICATE/ { n++ } n != 2' | base64 -w0 >broken
    cp broken out/a.plist_encode
    run -5 --separate-stderr sign --json --output-dir out a.csr
    [[ "$output" == *'"ok": false'* && "$stderr" == *"not a request with this vendor certificate and its whole chain"* ]]
    run -1 sign -o out/a.plist_encode a.csr
    cmp broken out/a.plist_encode
}

@test "another file of that name is left as it is: status 5" {
    csr a.csr Acme
    mkdir out
    echo mine >out/a.plist_encode
    run -5 --separate-stderr sign --output-dir out a.csr
    [[ "$stderr" == *"is there already"* ]]
    [ "$(cat out/a.plist_encode)" = mine ]
    rm out/a.plist_encode
    ln -s elsewhere out/a.plist_encode
    run -5 --separate-stderr sign --output-dir out a.csr
    [ ! -e elsewhere ]
    no_leftovers out
}

@test "a list may be NUL-separated, have CRLF, no last newline, and come through a pipe" {
    csr "in/with space.csr" A
    csr in/b.csr B
    csr $'in/new\nline.csr' C
    printf '%s\0' in/*.csr | sign --from - --output-dir one
    [ "$(find one -type f -print0 | tr -dc '\0' | wc -c)" -eq 3 ]
    printf 'in/with space.csr\r\n\r\nin/b.csr' >list
    sign --from list --output-dir two
    [ "$(ls two | wc -l)" -eq 2 ]
}

@test "many threads give the same files and the same messages as one" {
    for i in $(seq 20); do csr "in/c$i.csr" "Customer $i"; done
    echo nothing >in/c7.csr
    ls -d in/*.csr >list
    run -1 --separate-stderr sign --from list --output-dir one -j 1
    single=$stderr
    run -1 --separate-stderr sign --from list --output-dir one -j 8
    rm -r one
    run -1 --separate-stderr sign --from list --output-dir one -j 8
    [ "$stderr" = "$single" ]
}

@test "interrupted it leaves whole files only, says how far it came, and goes on the next time" {
    csr a.csr Acme
    mkfifo list
    # Not by sign(): the job would be a shell, and the signal its.
    "$MDMVENDOR" sign --ca-file "$CA" --vendor-key "$VENDOR/vendor.key" --vendor-cert "$VENDOR/mdm.cer" \
        --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" --from list --output-dir out 2>messages &
    job=$!
    exec 7>list
    for i in $(seq 40); do
        cp a.csr "c$i.csr"
        echo "c$i.csr" >&7
    done
    for _ in $(seq 600); do
        [ "$(ls out 2>/dev/null | wc -l)" -eq 40 ] && break
        sleep 0.05
    done
    kill -TERM "$job" # the shell lets background jobs ignore SIGINT
    status=0
    wait "$job" || status=$?
    [ "$status" -eq 143 ]
    exec 7>&-
    cat messages
    grep -q "40 signed" messages
    no_leftovers out
    holds out/c1.plist_encode a.csr
    [ "$(cksum out/* | cut -d ' ' -f 1,2 | sort -u | wc -l)" -eq 1 ] # of one CSR, always the same bytes
    run -0 --separate-stderr sign --output-dir out c*.csr
    [[ "$stderr" == *"0 signed, 40 already there"* ]]
}

# ends_when_told COMMAND...: what waits for ever for a pipe ends with 143 when it is told to.
ends_when_told() {
    "$MDMVENDOR" "$@" <&0 >/dev/null 2>messages &
    job=$!
    sleep 0.4
    kill -TERM "$job"
    status=0
    wait "$job" || status=$?
    [ "$status" -eq 143 ] || { echo "status $status: $*"; cat messages; return 1; }
    ! grep -q "Interrupted system call" messages
}

@test "a signal ends the wait for any pipe with 128 + n" {
    csr a.csr Acme
    mkfifo pipe
    pass=(--vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass")
    vendor=(--vendor-key "$VENDOR/vendor.key" --vendor-cert "$VENDOR/mdm.cer")
    ends_when_told sign --ca-file "$CA" "${vendor[@]}" "${pass[@]}" pipe -o out
    ends_when_told sign --ca-file "$CA" "${vendor[@]}" "${pass[@]}" --from pipe --output-dir out
    ends_when_told sign --ca-file "$CA" "${vendor[@]}" --vendor-password-file pipe a.csr -o out
    ends_when_told sign --ca-file pipe "${vendor[@]}" "${pass[@]}" a.csr -o out
    ends_when_told sign --ca-file "$CA" --vendor-key pipe --vendor-cert "$VENDOR/mdm.cer" "${pass[@]}" a.csr -o out
    ends_when_told sign --ca-file "$CA" --vendor-key "$VENDOR/vendor.key" --vendor-cert pipe "${pass[@]}" a.csr -o out
    ends_when_told verify --ca-file "$CA" pipe
    exec 8<>pipe # opened for both: a writer that says nothing
    ends_when_told sign --ca-file "$CA" "${vendor[@]}" "${pass[@]}" - -o out <&8
    ends_when_told sign --ca-file "$CA" "${vendor[@]}" "${pass[@]}" --from - --output-dir out <&8
    ends_when_told sign --ca-file "$CA" "${vendor[@]}" --vendor-password-file - a.csr -o out <&8
    exec 8>&-
}

@test "a pipe or device in the place of the request is refused, not waited for or replaced" {
    csr a.csr Acme
    mkfifo pipe
    for place in pipe /dev/null; do
        run -1 --separate-stderr sign a.csr -o "$place"
        [[ "$stderr" == *"cannot write '$place': it is a symbolic link, pipe, socket or device"* ]]
    done
    [ -p pipe ]
}

@test "a pipe among many CSRs is refused, not waited for" {
    csr a.csr Acme
    mkfifo pipe.csr
    run -1 --separate-stderr sign --output-dir out pipe.csr a.csr
    [[ "$stderr" == *"'pipe.csr' is a symbolic link, pipe, socket or device, not a regular file"* ]]
    holds out/a.plist_encode a.csr
}

@test "a path that comes again later in a list is signed once" {
    csr one/x.csr First
    csr two/x.csr Second
    csr three/x.csr Third
    printf '%s\n' one/x.csr two/x.csr one/x.csr three/x.csr two/x.csr >list
    run -0 --separate-stderr sign --output-dir out --from list
    [[ "$stderr" == *"3 signed, 2 already there"* ]]
    [ "$(ls out | wc -l)" -eq 3 ]
}

@test "a list may begin with a byte order mark; UTF-16 is named" {
    csr a.csr Acme
    printf '\357\273\277a.csr\r\n' >list
    run -0 --separate-stderr sign --output-dir out --from list
    [ -f out/a.plist_encode ]
    printf '\377\376a\0.\0c\0s\0r\0\n\0' >list
    run -1 --separate-stderr sign --output-dir out --from list
    [[ "$stderr" == *"UTF-16"* ]]
}

@test "--json leaves a record of each CSR, one line each, in their order" {
    csr in/a.csr Acme
    echo nothing >in/b.csr
    run -1 --separate-stderr sign --json --output-dir out in/a.csr in/b.csr
    [ "${#lines[@]}" -eq 2 ]
    serial=$(openssl x509 -in "$VENDOR/mdm.cer" -inform DER -noout -serial | cut -d= -f2)
    [[ "${lines[0]}" == '{"schema": 1, "csr": "in/a.csr", "csr_sha256": "'"$(sha256sum <in/a.csr | cut -d' ' -f1)"'",'* ]]
    [[ "${lines[0]}" == *'"subject": "CN=Acme", "request": "out/a.plist_encode",'* ]]
    [[ "${lines[0]}" == *'"request_sha256": "'"$(sha256sum <out/a.plist_encode | cut -d' ' -f1)"'",'* ]]
    [[ "${lines[0]}" == *'"vendor_serial": "'"$serial"'", "time": "20'*'Z", "ok": true, "error": null}' ]]
    [[ "${lines[1]}" == *'"csr": "in/b.csr"'*'"request": null'*'"ok": false, "error": "'* ]]
    record=${lines[0]}
    run -0 --separate-stderr sign --json in/a.csr -o one
    [ "$(sed 's/"time".*//; s|"out/a.plist_encode"|"one"|' <<<"$record")" = "$(sed 's/"time".*//' <<<"$output")" ]
    run -1 --separate-stderr sign --json in/b.csr -o two
    [[ "$output" == *'"ok": false'* ]]
    run -2 --separate-stderr sign --json in/a.csr -o -
    [[ "${#lines[@]}" -eq 1 && "$output" == '{"schema": 1, "error": {"status": 2, "text": "the request and the record'* ]]
    run -1 --separate-stderr sign --json --output-dir out --from missing
    [[ "${#lines[@]}" -eq 1 && "$output" == '{"schema": 1, "error": {"status": 1, "text": "the list '* ]]
}

@test "a private key in the CSR's file is warned of, one CSR or many" {
    csr a.csr Acme
    cat "$VENDOR/customer.key" a.csr >both.csr
    run -0 --separate-stderr sign both.csr -o one
    [[ "$stderr" == *"'both.csr' also holds a private key"* ]]
    run -0 --separate-stderr sign both.csr a.csr --output-dir out
    [ "$(grep -c 'also holds a private key' <<<"$stderr")" -eq 1 ]
}

@test "what a killed run left behind is swept away" {
    csr a.csr Acme
    mkdir out
    : >out/.mdmvendor-999999999-0123456789abcdef.tmp
    : >out/.mine
    sign --output-dir out a.csr
    [ ! -e out/.mdmvendor-999999999-0123456789abcdef.tmp ]
    [ -e out/.mine ]
}

@test "without an option the requests go into the work folder's outputs/" {
    csr a.csr Acme
    run -2 --separate-stderr sign a.csr
    [[ "$stderr" == *"--output-dir"* ]]
    mkdir -m 700 outputs
    run -0 --separate-stderr sign a.csr
    holds outputs/a.plist_encode a.csr
}

@test "key and certificate of a work folder, which is not locked or changed" {
    mkdir -m 700 -p wf/outputs wf/inputs
    cp "$VENDOR/vendor.key" "$VENDOR/vendor.csr" wf/outputs
    csr a.csr Acme
    run -3 --separate-stderr mdm -C wf sign a.csr -o -
    [[ "$stderr" == *"inputs/mdm.cer"* ]]
    cp "$VENDOR/mdm.cer" wf/inputs
    mdm -C wf sign a.csr -o one
    holds one a.csr
    [ ! -e wf/outputs/.lock ]
}

@test "an intermediate beside the given certificate completes its chain" {
    "$PRACTICE_APPLE" vendor "$APPLE" "$VENDOR/vendor.csr" mdm.cer --fault unknown-issuer
    CERT=mdm.cer
    csr a.csr Acme
    run -5 --separate-stderr sign a.csr -o -
    [ -z "$output" ]
    "$PRACTICE_APPLE" ca "$APPLE" wwdrg9 intermediate.pem
    sign a.csr -o one
    holds one a.csr
}

@test "a vendor certificate that does not do ends it before anything is signed" {
    csr a.csr Acme
    "$PRACTICE_APPLE" vendor "$APPLE" "$VENDOR/vendor.csr" old.cer --at 2020-01-01
    CERT=old.cer
    run -6 --separate-stderr sign --output-dir out a.csr
    [[ "$stderr" == *"expired"* ]]
    [ ! -e out ]
    csr other.csr Other
    "$PRACTICE_APPLE" vendor "$APPLE" other.csr other.cer
    CERT=other.cer
    run -5 --separate-stderr sign --output-dir out a.csr
    [[ "$stderr" == *"was not issued for"* ]]
}

@test "uses that make no sense are usage errors" {
    csr a.csr A
    csr b.csr B
    run -2 --separate-stderr sign
    run -2 --separate-stderr sign a.csr b.csr -o out
    run -2 --separate-stderr sign a.csr - --output-dir out
    run -2 --separate-stderr sign - --output-dir out
    run -2 --separate-stderr sign --from list a.csr --output-dir out
    run -2 --separate-stderr sign a.csr -o out --output-dir out
    [ ! -e out ]
}

@test "traditional PEM keys, whatever cipher openssl encrypts them with" {
    csr a.csr Acme
    sign a.csr -o - >one
    for cipher in des3 aes128 aes192 aes256 camellia256 aria256; do
        openssl rsa -in "$VENDOR/clear.key" -traditional "-$cipher" -passout "pass:$VENDOR_PASSWORD" -out "$cipher.key"
        chmod 600 "$cipher.key"
        KEY=$cipher.key sign a.csr -o - | cmp one
    done
}

@test "chains with signatures by any SHA-2 digest" {
    csr a.csr Acme
    printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' >ca.ext
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\n' >leaf.ext
    echo 'authorityKeyIdentifier=keyid' >>leaf.ext
    openssl genrsa 2048 2>/dev/null >root.key
    openssl req -new -key root.key -subj '/CN=A Root' |
        openssl x509 -req -sha512 -signkey root.key -days 3650 -extfile ca.ext -out root.pem
    for digest in sha224 sha256 sha384 sha512; do
        openssl x509 -req "-$digest" -in "$VENDOR/vendor.csr" -CA root.pem -CAkey root.key -CAcreateserial -days 365 \
            -extfile leaf.ext -out "$digest.cer"
        CA=root.pem CERT=$digest.cer sign a.csr -o "$digest.request"
        CA=root.pem holds "$digest.request" a.csr
    done
}
