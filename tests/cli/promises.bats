#!/usr/bin/env bats
# What people do to inputs/, outputs/ and the clock, and what must not come of it: no other topic, no other key, nothing lost.

load common

setup_file() { apple_opens; }

setup() { fresh_folder; }

archived() { find outputs/archive -mindepth 1 -maxdepth 1 -type d 2>/dev/null | wc -l; }

# What is in force: keys, pfx, record and topic.
in_force() {
    cksum outputs/*.key outputs/MDM_APNSCert.*
    bare status --json | jq -r .topic
}

# A finished folder, whose downloads are kept beside it as well.
finished() {
    step3
    cp inputs/MDM_Certificate.pem "$BATS_TEST_TMPDIR/first.pem"
    cp inputs/mdm.cer "$BATS_TEST_TMPDIR/first.cer"
    before=$(in_force)
}

# Downloads after a click on "Renew", and on "Create a Certificate", from any folder.
renewed() { "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt "$1" --renew "$BATS_TEST_TMPDIR/first.pem"; }
created() { "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt "$1"; }

days_on() { date -u -d "$1 days" +%Y-%m-%d; }

@test "a finished folder: a certificate of another topic copied over the old one is refused, also after 2 --keep-key" {
    finished
    created inputs/MDM_Certificate.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"the topic changed"* ]]
    [ "$(in_force)" = "$before" ]
    rm inputs/MDM_Certificate.pem
    run -0 --separate-stderr bare
    run --separate-stderr mdm 2 --keep-key
    created inputs/new.pem
    run -5 --separate-stderr mdm
    [ "$(in_force)" = "$before" ]
}

@test "a renewal: last year's download, put back before Renew was pressed, moves nothing" {
    finished
    run -3 --separate-stderr mdm renew
    new=$(cksum outputs/customer.key) folders=$(archived)
    cp "$BATS_TEST_TMPDIR/first.pem" inputs/old.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"'inputs/old.pem' is the certificate that is being replaced"* ]]
    [ "$(cksum outputs/customer.key)" = "$new" ]
    [ "$(archived)" = "$folders" ]
    renewed inputs/new.pem
    run -0 --separate-stderr mdm
}

@test "last year's certificate moves nothing in a folder whose archive is from before there were lists" {
    finished
    run -3 --separate-stderr mdm renew
    renewed inputs/new.pem
    run -0 --separate-stderr mdm
    rm outputs/archive/*/list.txt
    run -3 --separate-stderr mdm renew
    new=$(cksum outputs/customer.key)
    cp "$BATS_TEST_TMPDIR/first.pem" inputs/old.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"'inputs/old.pem' is the certificate that a renewal has replaced"* ]]
    [ "$(cksum outputs/customer.key)" = "$new" ]
    rm outputs/archive/*/list.txt outputs/MDM_APNSCert.* inputs/*.pem # an old pfx tells which topic was in force
    created inputs/new.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"the topic changed"* ]]
    cp outputs/customer.key outputs/MDM_APNSCert.pfx # which is none, and tells nothing
    find outputs/archive -name MDM_APNSCert.pfx -delete
    run -5 --separate-stderr mdm
}

@test "a renewal with a new vendor key: last year's mdm.cer moves nothing" {
    step1
    vendor_portal --days 20
    cp inputs/mdm.cer "$BATS_TEST_TMPDIR/first.cer"
    waits
    push_portal
    run -0 --separate-stderr mdm
    run -3 --separate-stderr mdm renew
    new=$(cksum outputs/vendor.key) folders=$(archived)
    cp "$BATS_TEST_TMPDIR/first.cer" inputs/mdm.cer
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"'inputs/mdm.cer' is the certificate that"* ]]
    [ "$(cksum outputs/vendor.key)" = "$new" ]
    [ "$(archived)" = "$folders" ]
}

@test "a topic that was accepted is the one in force: step 3 may be redone" {
    finished
    created inputs/MDM_Certificate.pem
    run -0 --separate-stderr mdm --accept-new-topic
    second=$(topic <<<"$output")
    run -0 --separate-stderr mdm 3 --pfx modern
    [ "$(topic <<<"$output")" = "$second" ]
}

@test "the renewed certificate is used, not one from Create that expires later" {
    finished
    first=$(topic <<<"$output")
    run -3 --separate-stderr mdm renew
    renewed inputs/renewed.pem
    "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt inputs/created.pem --days 390
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"the topic changed: 'inputs/created.pem'"* ]]
    openssl x509 -in outputs/MDM_APNSCert.crt -outform DER | cmp - <(openssl x509 -in inputs/renewed.pem -outform DER)
    rm inputs/created.pem
    run -0 --separate-stderr bare
    [ "$(topic <<<"$output")" = "$first" ]
}

@test "certificates for archived keys in places that do not count swap no key" {
    finished
    run -3 --separate-stderr mdm renew
    new=$(cksum outputs/customer.key) folders=$(archived)
    cp "$BATS_TEST_TMPDIR/first.pem" inputs/.old.pem
    cp "$BATS_TEST_TMPDIR/first.pem" inputs/customer.csr
    cp "$BATS_TEST_TMPDIR/first.cer" inputs/.mdm.cer
    for _ in 1 2 3; do run --separate-stderr mdm; done
    [ "$(cksum outputs/customer.key)" = "$new" ]
    [ "$(archived)" = "$folders" ]
    run timeout 300 "$MDMVENDOR" --ca-file "$CA" --no-wait --customer-password-file "$BATS_TEST_TMPDIR/customer.pass" \
        --vendor-password-file "$BATS_TEST_TMPDIR/vendor.pass" 2
    [ "$status" -ne 124 ]
    [ "$(archived)" -le $((folders + 2)) ]
}

@test "an older customer.key out of the archive begins no renewal; a new certificate may end before the record, by another issuer" {
    finished
    run -3 --separate-stderr mdm renew
    renewed=("$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode.txt inputs/new.pem --renew "$BATS_TEST_TMPDIR/first.pem" --days 90)
    "${renewed[@]}"
    run -0 --separate-stderr mdm
    [[ "$stderr" != *"was issued by"* ]]
    key=$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")
    for old in customer.key MDM_APNSCert.pfx; do # the pfx has that key as well
        cp outputs/archive/*/"$old" outputs/customer.key
        run -0 --separate-stderr mdm
        [[ "$stderr" == *"'outputs/customer.key' is an older key"* ]]
    done
    run -5 --separate-stderr mdm export --pem -
    rm outputs/customer.key
    run -0 --separate-stderr mdm
    [ "$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")" = "$key" ]
    run -3 --separate-stderr mdm renew
    "${renewed[@]}" --fault other-issuer
    run -0 --separate-stderr mdm
    [[ "$stderr" == *"'inputs/new.pem' was issued by '"*"', the one before by '"* ]]
}

@test "the password of a renewal's new key is lost: the hint leads out of it" {
    finished
    run -3 --separate-stderr mdm renew
    renewed inputs/new.pem
    echo another-pass-1 >"$BATS_TEST_TMPDIR/customer.pass"
    run -1 --separate-stderr mdm
    [[ "$stderr" == *"If it is lost: run "*"mdmvendor 2"* ]]
    run -3 --separate-stderr mdm 2
    renewed inputs/new.pem
    run -0 --separate-stderr mdm
}

@test "abandoning a renewal leaves what came into inputs/ meanwhile" {
    finished
    run -3 --separate-stderr mdm renew
    echo 'a note' >inputs/MDM_Certificate.pem
    echo 'another' >inputs/note.txt
    run --separate-stderr mdm renew --abandon
    grep -rq 'a note' inputs outputs/archive
    grep -q another inputs/note.txt
}

@test "undo goes by the lists, not by the clock" {
    needs_faketime
    finished
    run -0 --separate-stderr on "$(days_on +20)" 3 --pfx modern
    modern=$(cksum <outputs/MDM_APNSCert.pfx)
    run -0 --separate-stderr on "$(days_on +10)" 3
    run -0 --separate-stderr on "$(days_on +5)" undo
    [ "$(cksum <outputs/MDM_APNSCert.pfx)" = "$modern" ]
    run -0 --separate-stderr on "$(days_on +30)" undo
    [ "$(in_force)" = "$before" ]
}

@test "undo takes back one command where a folder of the archive was renamed and another has its name now" {
    needs_faketime
    finished
    run -0 --separate-stderr on "$(days_on +20)" 3 --pfx modern
    modern=$(cksum <outputs/MDM_APNSCert.pfx)
    folder=outputs/archive/$(days_on +20 | tr -d -)T120000Z
    mv "$folder" outputs/archive/20200101T000000Z
    run -0 --separate-stderr on "$(days_on +20)" 3
    mv "$folder" outputs/archive/20990101T000000Z
    run -0 --separate-stderr on "$(days_on +20)" undo
    [ "$(cksum <outputs/MDM_APNSCert.pfx)" = "$modern" ]
    run -0 --separate-stderr on "$(days_on +20)" undo
    [ "$(in_force)" = "$before" ]
}

@test "an archived file is a file of its own" {
    finished
    run -3 --separate-stderr mdm renew --keep-key
    [ -z "$(find . -type f -links +1)" ]
    run -0 --separate-stderr mdm renew --abandon
    [ -z "$(find . -type f -links +1)" ]
}

@test "renew with an inputs/ that cannot be written makes nothing" {
    finished
    before=$(listing .)
    chmod a-w inputs
    [ ! -w inputs ] || mount --bind -o ro inputs inputs 2>/dev/null || {
        chmod u+w inputs
        skip "this account can write everywhere"
    }
    run --separate-stderr mdm renew
    ! mountpoint -q inputs || umount inputs
    chmod u+w inputs
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"inputs"* ]]
    [ "$(listing .)" = "$before" ]
}

@test "files of outputs/ that are away while a run waits make no new ones" {
    step2
    before=$(listing outputs)
    { mdm --wait=60 2>"$BATS_TEST_TMPDIR/err" || echo "$?" >"$BATS_TEST_TMPDIR/status"; } 3>&- &
    while ! grep -q 'Waiting for' "$BATS_TEST_TMPDIR/err" 2>/dev/null; do sleep 0.1; done
    mkdir ../away
    mv outputs/customer.* outputs/plist_encode* ../away
    sleep 2.5
    mv ../away/* outputs
    [ "$(listing outputs)" = "$before" ]
    push_portal
    wait
    [ ! -e "$BATS_TEST_TMPDIR/status" ]
    [ -f outputs/MDM_APNSCert.pfx ]
}

@test "a run whose lock was removed while it waited writes nothing more" {
    step1
    { mdm --wait=60 2>"$BATS_TEST_TMPDIR/err" || echo "$?" >"$BATS_TEST_TMPDIR/status"; } 3>&- &
    while ! grep -q 'Waiting for' "$BATS_TEST_TMPDIR/err" 2>/dev/null; do sleep 0.1; done
    rm outputs/.lock
    before=$(listing outputs)
    vendor_portal
    wait
    [ "$(cat "$BATS_TEST_TMPDIR/status")" = 1 ]
    grep -q '\.lock' "$BATS_TEST_TMPDIR/err"
    [ "$(listing outputs)" = "$before" ]
}

@test "a run whose outputs/ was renamed while it waited writes nothing more" {
    step1
    { mdm --wait=60 2>"$BATS_TEST_TMPDIR/err" || echo "$?" >"$BATS_TEST_TMPDIR/status"; } 3>&- &
    while ! grep -q 'Waiting for' "$BATS_TEST_TMPDIR/err" 2>/dev/null; do sleep 0.1; done
    mv outputs outputs.old
    cp -a outputs.old outputs
    before=$(listing .)
    vendor_portal
    wait
    [ "$(cat "$BATS_TEST_TMPDIR/status")" = 1 ]
    grep -q "folder 'outputs' was moved or replaced" "$BATS_TEST_TMPDIR/err"
    [ "$(listing . | grep -v mdm.cer)" = "$before" ]
}

@test "a plist_encode.txt that was changed by hand is kept in the archive when it is made again" {
    step2
    echo 'my own notes' >>outputs/plist_encode.txt
    run --separate-stderr mdm
    cmp outputs/plist_encode outputs/plist_encode.txt
    grep -rq 'my own notes' outputs/archive
}

@test "renew goes on and back after a new download was copied over the old one" {
    finished
    created inputs/MDM_Certificate.pem
    before=$(listing .)
    run --separate-stderr mdm renew
    run -0 --separate-stderr mdm renew --abandon
    [ "$(listing .)" = "$before" ]
    run --separate-stderr mdm renew
    renewed inputs/new.pem
    run -0 --separate-stderr mdm
}

@test "a locked key of another tool without its CSR is opened, and fits" {
    finished
    openssl pkey -in outputs/customer.key -passin "pass:$CUSTOMER_PASSWORD" -aes256 -passout "pass:$CUSTOMER_PASSWORD" \
        -out "$BATS_TEST_TMPDIR/k"
    cp "$BATS_TEST_TMPDIR/k" outputs/customer.key
    mv outputs/customer.csr "$BATS_TEST_TMPDIR"
    openssl pkey -in outputs/vendor.key -passin "pass:$VENDOR_PASSWORD" -aes256 -passout "pass:$VENDOR_PASSWORD" \
        -out "$BATS_TEST_TMPDIR/v"
    cp "$BATS_TEST_TMPDIR/v" outputs/vendor.key
    mv outputs/vendor.csr "$BATS_TEST_TMPDIR"
    run -0 --separate-stderr mdm 3
    run -0 --separate-stderr mdm export --pem -
    run -0 --separate-stderr mdm sign "$BATS_TEST_TMPDIR/customer.csr"
}

@test "a folder made by csr renews, and goes back, without a vendor's side" {
    run -0 --separate-stderr mdm csr
    run -3 --separate-stderr mdm
    [[ "$stderr" == *"customer.csr"* ]]
    [[ "$stderr" != *"mdm.cer"* ]]
    mkdir "$BATS_TEST_TMPDIR/vendor"
    (cd "$BATS_TEST_TMPDIR/vendor" && step1 && vendor_portal && cp "$WORK/outputs/customer.csr" inputs/ && run --separate-stderr mdm &&
        created "$WORK/inputs/push.pem")
    cp "$BATS_TEST_TMPDIR/vendor/outputs/plist_encode" outputs/ # where verify looks: no trace of a vendor
    run -0 --separate-stderr mdm
    cp inputs/push.pem "$BATS_TEST_TMPDIR/first.pem"
    run -5 --separate-stderr mdm 2
    [[ "$stderr" == *"A vendor elsewhere signs"* ]]
    before=$(listing .)
    run -3 --separate-stderr mdm renew
    [ ! -e outputs/vendor.key ]
    run -0 --separate-stderr mdm csr
    [[ "$stderr" == *'"Renew" on the row'* ]]
    rm outputs/customer.key
    run -1 --separate-stderr mdm
    [[ "$stderr" == *"with a new key, run "*"renew --abandon"*", then "*" renew"* ]]
    run -0 --separate-stderr mdm renew --abandon
    [ "$(listing .)" = "$before" ]
}

@test "an expired push certificate: the run and status end with 6 and say so" {
    needs_faketime
    finished
    run -6 --separate-stderr on "$(days_on +400)"
    [[ "$stderr" == *"expired"* ]]
    run -6 --separate-stderr on "$(days_on +400)" status
    run -0 --separate-stderr on "$(days_on +350)"
    [[ "$stderr" == *"expires"* ]]
}

@test "the vendor certificate expires while Apple has the request: nothing is announced for upload" {
    needs_faketime
    step1
    vendor_portal --days 20
    waits
    created "$BATS_TEST_TMPDIR/push.pem"
    run -3 --separate-stderr on "$(days_on +25)"
    [[ "$stderr" == *"expired"* ]]
    [[ "$stderr" != *"3. Upload"* ]]
    run --separate-stderr on "$(days_on +25)" verify
    [ "$status" -ne 0 ]
    cp "$BATS_TEST_TMPDIR/push.pem" inputs/
    run -0 --separate-stderr on "$(days_on +26)"
}

@test "of several certificates in one file, and beside a self-made one, Apple's for the key is found" {
    step2
    created "$BATS_TEST_TMPDIR/right.pem"
    openssl pkey -in outputs/customer.key -passin "pass:$CUSTOMER_PASSWORD" -out "$BATS_TEST_TMPDIR/clear"
    openssl req -x509 -key "$BATS_TEST_TMPDIR/clear" -days 4000 -subj "/UID=com.apple.mgmt.External.self/CN=self" \
        -out "$BATS_TEST_TMPDIR/self.pem"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=other -out "$BATS_TEST_TMPDIR/other.pem"
    cat "$BATS_TEST_TMPDIR/other.pem" "$BATS_TEST_TMPDIR/self.pem" "$BATS_TEST_TMPDIR/right.pem" >inputs/all.pem
    cp "$BATS_TEST_TMPDIR/self.pem" inputs/MDM_Certificate.pem
    run -0 --separate-stderr mdm
    openssl x509 -in outputs/MDM_APNSCert.crt -outform DER | cmp - <(openssl x509 -in "$BATS_TEST_TMPDIR/right.pem" -outform DER)
}

@test "step 4 leaves the folder's own request alone, and its renewal goes on beside it" {
    finished
    own=$(cksum outputs/plist_encode outputs/plist_encode.txt)
    openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=Other -out inputs/customer.csr
    other=$(cksum <inputs/customer.csr)
    run -0 --separate-stderr mdm 3
    [[ "$stderr" == *"is another customer's CSR"* ]]
    run -0 --separate-stderr mdm 4
    [ -s outputs/customer.plist_encode.txt ]
    [ "$(cksum outputs/plist_encode outputs/plist_encode.txt)" = "$own" ]
    run -3 --separate-stderr mdm renew
    [ "$(cksum <inputs/customer.csr)" = "$other" ]
    renewed inputs/new.pem
    run -0 --separate-stderr mdm
}

@test "step 4 does not count for undo, where the folder answers one customer after the other" {
    step1
    vendor_portal
    for name in one two three; do
        openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj "/CN=$name" -out "$BATS_TEST_TMPDIR/$name" 2>/dev/null
    done
    cp "$BATS_TEST_TMPDIR/one" inputs/customer.csr
    run -0 --separate-stderr mdm
    first=$(cksum outputs/plist_encode*)
    cp "$BATS_TEST_TMPDIR/two" inputs/customer.csr
    run -0 --separate-stderr mdm
    cp "$BATS_TEST_TMPDIR/three" inputs/customer.csr
    run -0 --separate-stderr mdm 4
    run -0 --separate-stderr mdm undo
    [ "$(cksum outputs/plist_encode*)" = "$first" ]
}

@test "a file may be called 'out of memory.cer'" {
    step1
    printf -- '-----BEGIN CERTIFICATE-----\nMIIB\n' >'inputs/out of memory.cer'
    run --separate-stderr mdm
    [[ "$stderr" == *"damaged or incomplete"* ]]
    run -0 --separate-stderr bare status
}

@test "what lies in inputs/ does not fill the memory" {
    ! ldd "$MDMVENDOR" 2>/dev/null | grep -q asan || skip "AddressSanitizer takes memory of its own"
    step1
    for i in $(seq 100); do truncate -s 1M "inputs/$i.bin"; done
    python3 - "$MDMVENDOR" <<'P'
import resource, subprocess, sys
subprocess.run([sys.argv[1], "status"], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert used < 32 * 1024, f"{used} KiB"
P
}

@test "more certificates in inputs/ than are kept do not hide the one that is awaited" {
    step1
    vendor_portal
    mv inputs/mdm.cer inputs/z.cer
    for i in $(seq 50); do cat "$CA"; done | tee inputs/a.pem >inputs/b.pem
    run -3 --separate-stderr mdm
    [ -f outputs/plist_encode ]
}

@test "with --accept-new-topic, last year's download beside the new one is not taken for it" {
    finished
    run -3 --separate-stderr mdm renew
    cp "$BATS_TEST_TMPDIR/first.pem" inputs/old.pem
    created inputs/new.pem
    run -0 --separate-stderr mdm --accept-new-topic
    openssl x509 -in outputs/MDM_APNSCert.crt -outform DER | cmp - <(openssl x509 -in inputs/new.pem -outform DER)
}

@test "a new download copied over the record, and a record deleted, do not disarm the guard" {
    finished
    created inputs/MDM_Certificate.pem
    cp inputs/MDM_Certificate.pem outputs/MDM_APNSCert.crt
    run -5 --separate-stderr mdm
    pfx=$(cksum outputs/MDM_APNSCert.pfx)
    rm outputs/MDM_APNSCert.crt
    run -5 --separate-stderr mdm
    [ "$(cksum outputs/MDM_APNSCert.pfx)" = "$pfx" ]
}

@test "pfx, record and key deleted: the lists tell the topic, or that there was one" {
    finished
    cp -pR . ../second
    rm outputs/customer.* outputs/MDM_APNSCert.*
    run -1 --separate-stderr mdm
    [[ "$stderr" == *"'outputs/customer.key' is missing"*"mdmvendor renew"* ]]
    for number in 1 2; do # the second time goes on
        run -3 --separate-stderr mdm renew
        [[ "$stderr" == *"Renew on the row 'APSP:"* ]]
    done
    created inputs/new.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"the topic changed"* ]]
    renewed inputs/new.pem
    run -0 --separate-stderr mdm

    cd ../second
    rm outputs/customer.* outputs/MDM_APNSCert.* inputs/MDM_Certificate.pem
    run -3 --separate-stderr mdm
    [[ "$stderr" == *"press Renew on the row of the certificate in use"* ]]
    created inputs/new.pem
    run -0 --separate-stderr mdm
    [[ "$stderr" == *"warning: a push certificate was in use here"* ]]
}

@test "a customer.key that was tidied away comes back from the pfx" {
    finished
    rm outputs/customer.key
    run -0 --separate-stderr mdm
    public=$(public_of outputs/customer.key "$CUSTOMER_PASSWORD")
    [ "$public" = "$(public_of outputs/MDM_APNSCert.crt)" ]
}

@test "undo of a finished renewal, and the right certificate put back: the renewal is there again" {
    finished
    run -3 --separate-stderr mdm renew
    renewed "$BATS_TEST_TMPDIR/new.pem"
    cp "$BATS_TEST_TMPDIR/new.pem" inputs/
    run -0 --separate-stderr mdm
    after=$(cksum outputs/customer.key outputs/MDM_APNSCert.crt)
    run -0 --separate-stderr mdm undo
    [ "$(in_force)" = "$before" ]
    cp "$BATS_TEST_TMPDIR/new.pem" inputs/
    run -0 --separate-stderr mdm
    [ "$(cksum outputs/customer.key outputs/MDM_APNSCert.crt)" = "$after" ]
}

@test "undo refuses a folder that was changed by hand since, and names the file" {
    finished
    run -0 --separate-stderr mdm 3 --pfx modern
    echo x >>outputs/MDM_APNSCert.pfx
    changed=$(listing .)
    run -5 --separate-stderr mdm undo
    [[ "$stderr" == *"outputs/MDM_APNSCert.pfx"* ]]
    [ "$(listing .)" = "$changed" ]
}

@test "undo takes back all of a command, also what it made before it replaced something" {
    openssl genrsa -traditional -aes128 -passout pass:"$VENDOR_PASSWORD" -out vendorPrivateKey.pem 2048 2>/dev/null
    cp "$CA" vendor.csr # imported as the old script's; then step 1 makes the right one
    run -3 --separate-stderr mdm
    grep -q 'CERTIFICATE REQUEST' outputs/vendor.csr
    run -0 --separate-stderr mdm undo
    [ "$(find outputs -type f ! -path '*/archive/*' ! -name .lock)" = "" ]
}

@test "an import that was cut short is put back; files that a step had only added stay" {
    finished
    pfx=$PWD/outputs/MDM_APNSCert.pfx
    mkdir ../other && cd ../other
    run -0 --separate-stderr mdm import "$pfx"
    list=$(echo outputs/archive/*/list.txt)
    mv "$list" "${list%txt}pending"
    rm outputs/MDM_APNSCert.pfx outputs/MDM_APNSCert.crt
    run -3 --separate-stderr mdm
    [[ "$stderr" == *"what it had changed has been put back"* ]]
    [ ! -e outputs/customer.key ]
    find outputs/archive -name customer.key | grep -q .
    list=$(grep -l vendor.key outputs/archive/*/list.txt)
    mv "$list" "${list%txt}pending"
    rm outputs/vendor.csr
    key=$(cksum outputs/vendor.key)
    run -3 --separate-stderr mdm
    [[ "$stderr" != *"put back"* ]]
    [ "$(cksum outputs/vendor.key)" = "$key" ]
    [ -e outputs/vendor.csr ]
}

@test "a renewal that was cut short is put back although the certificate that left inputs/ is lost" {
    finished
    run -3 --separate-stderr mdm renew
    list=$(grep -l 'command renew' outputs/archive/*/list.txt)
    mv "$list" "${list%txt}pending"
    rm -r "${list%list.txt}inputs"
    run -0 --separate-stderr mdm
    [[ "$stderr" == *"'inputs/MDM_Certificate.pem' cannot be put back"*"has been put back"* ]]
    [ "$(in_force)" = "$before" ]
}

@test "undo takes away what came of the old script, the next run brings it in again, and one that was cut short is put back" {
    openssl genrsa -traditional -aes128 -passout pass:"$VENDOR_PASSWORD" -out vendorPrivateKey.pem 2048 2>/dev/null
    openssl req -new -key vendorPrivateKey.pem -passin pass:"$VENDOR_PASSWORD" -subj /CN=v -out vendor.csr
    run -3 --separate-stderr mdm
    key=$(public_of outputs/vendor.key "$VENDOR_PASSWORD") csr=$(cksum <outputs/vendor.csr)
    run -0 --separate-stderr mdm undo
    [[ "$stderr" == *"import has been undone"* ]]
    [ "$(find outputs -type f ! -path '*/archive/*' ! -name .lock)" = "" ]
    run -3 --separate-stderr mdm
    [ "$(public_of outputs/vendor.key "$VENDOR_PASSWORD")" = "$key" ]
    list=$(ls -t outputs/archive/*/list.txt | head -1)
    mv "$list" "${list%txt}pending"
    rm outputs/vendor.csr
    run -3 --separate-stderr mdm
    [[ "$stderr" == *"what it had changed has been put back"*"Imported the old script's vendorPrivateKey.pem"* ]]
    [ "$(public_of outputs/vendor.key "$VENDOR_PASSWORD")" = "$key" ]
    [ "$(cksum <outputs/vendor.csr)" = "$csr" ]
}

@test "JSON of a run that failed tells what comes next without the options of that run" {
    finished
    run -3 --separate-stderr mdm renew
    created inputs/MDM_Certificate.pem
    run -4 --separate-stderr bare --accept-new-topic --json
    [ "$(jq -r '.next.action, .steps[2].state' <<<"$output" | paste -sd ' ')" = "await-push-certificate blocked" ]
}

@test "a list in the archive that is damaged is never followed" {
    finished
    run -0 --separate-stderr mdm 3 --pfx modern
    list=$(grep -l 'file [0-9a-f]* [0-9a-f]* outputs/MDM_APNSCert.pfx' outputs/archive/*/list.txt)
    pfx=$(cksum outputs/MDM_APNSCert.pfx) right=$(cat "$list")
    path=outputs/MDM_APNSCert.pfx
    for text in '' nonsense "${right/$path/../etc/passwd}" "${right/$path/outputs/../../x}" "${right/$path/elsewhere/x}" "${right/file [0-9a-f]/file }"; do
        echo "$text" >"$list"
        run -5 --separate-stderr mdm undo
        [[ "$stderr" == *"${list#outputs/archive/}"* ]]
        [ "$(cksum outputs/MDM_APNSCert.pfx)" = "$pfx" ]
    done
}

@test "a list that could not be read again is not begun; a damaged one is named, and stops a run where a change was cut short" {
    finished
    control=$(printf '\x01%.0s' {1..240})
    for i in {100..450}; do ln inputs/MDM_Certificate.pem "inputs/$control$i.pem"; done
    files=$(listing .)
    run -5 --separate-stderr mdm renew
    [[ "$stderr" == *"would not be readable"*"Too many files of inputs/"* ]]
    [ "$(listing .)" = "$files" ]
    rm inputs/"$control"*
    run -3 --separate-stderr mdm renew
    list=$(grep -l 'command renew' outputs/archive/*/list.txt)
    mv "$list" "${list%txt}pending"
    echo x >>"${list%txt}pending"
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"was cut short, and '${list%txt}pending'"* ]]
    [ "$(bare status --json | jq -r '.warnings[].code' | grep -c damaged-list)" = 1 ]
}

@test "abandon and undo put inputs/ back whatever was put there since: it goes to the archive" {
    finished
    all=$(listing .)
    run -3 --separate-stderr mdm renew
    created inputs/MDM_Certificate.pem
    wrong=$(cksum <inputs/MDM_Certificate.pem)
    run -5 --separate-stderr mdm
    run -0 --separate-stderr mdm renew --abandon
    [[ "$stderr" == *"'inputs/MDM_Certificate.pem' is neither as it was"*"it goes to the archive"* ]]
    [ "$(listing .)" = "$all" ]
    [ "$(cksum outputs/archive/*/inputs/MDM_Certificate.pem | grep -c "$wrong")" = 1 ]
    run -3 --separate-stderr mdm 1
    vendor_portal
    run -0 --separate-stderr mdm
    run -0 --separate-stderr mdm undo
    [[ "$stderr" != *neither* ]] # that step 2 used it is noted
    [ "$(listing .)" = "$all" ]
}

@test "undo of a renewal whose beginning was moved out of the archive is refused, and done when it is back" {
    finished
    run -3 --separate-stderr mdm renew
    begun=$(dirname "$(grep -l 'command renew' outputs/archive/*/list.txt)")
    push_portal --renew "$BATS_TEST_TMPDIR/first.pem"
    run -0 --separate-stderr mdm
    mv "$begun" kept
    before=$(listing .)
    run -5 --separate-stderr mdm undo
    [[ "$stderr" == *"whose beginning is not in outputs/archive/"* ]]
    [ "$(listing .)" = "$before" ]
    mv kept "$begun"
    run -0 --separate-stderr mdm undo
    cmp <(openssl x509 -in "$BATS_TEST_TMPDIR/first.pem") <(openssl x509 -in outputs/MDM_APNSCert.crt)
}

@test "a list that was damaged, and put back after another command: undo takes one command" {
    finished
    csr=$(cksum <outputs/vendor.csr)
    run -0 --separate-stderr mdm 1 --keep-key --vendor-subject CN=first
    first=$(cksum <outputs/vendor.csr)
    run -0 --separate-stderr mdm 1 --keep-key --vendor-subject CN=second
    second=$(cksum <outputs/vendor.csr)
    newest=$(grep -l 'number 5' outputs/archive/*/list.txt)
    mv "$newest" "$BATS_TEST_TMPDIR/list.txt"
    echo damaged >"$newest"
    run -0 --separate-stderr mdm 1 --keep-key --vendor-subject CN=third
    run -5 --separate-stderr mdm undo
    [[ "$stderr" == *"${newest##*/archive/}' is damaged"* ]]
    cp "$BATS_TEST_TMPDIR/list.txt" "$newest"
    for before in "$second" "$first" "$csr"; do
        run -0 --separate-stderr mdm undo
        [ "$(cksum <outputs/vendor.csr)" = "$before" ]
    done
}

@test "a file with any name is archived, listed and put back" {
    finished
    mv inputs/MDM_Certificate.pem inputs/$'a b%\n\x01.cer'
    run -3 --separate-stderr mdm renew
    [ "$(ls inputs)" = mdm.cer ]
    run -0 --separate-stderr mdm undo
    [[ "$stderr" == *'Wrote inputs/a b%\x0A\x01.cer'* ]]
    cmp "$BATS_TEST_TMPDIR/first.pem" inputs/$'a b%\n\x01.cer'
}

@test "a customer's folder becomes a vendor's only by an explicit 1" {
    run -0 --separate-stderr mdm csr
    run -3 --separate-stderr mdm
    [ ! -e outputs/vendor.key ]
    run -3 --separate-stderr mdm 1
    [ -s outputs/vendor.csr ]
    [[ "$stderr" == *"mdm.cer"* ]]
    run -3 --separate-stderr mdm 1 --keep-key
    [[ "$stderr" == *"would make what is here already, with the same key and subject"* ]]
    vendor_portal
    run -3 --separate-stderr mdm
    [ -s outputs/plist_encode.txt ]
}

@test "step 4 names the request that was made, beside the folder's own or alone" {
    finished
    openssl req -new -newkey rsa:2048 -nodes -keyout ../key.pem -subj /CN=Other -out inputs/customer.csr 2>/dev/null
    run -0 --separate-stderr mdm 4
    [[ "$stderr" == *"    $PWD/outputs/customer.plist_encode.txt"* ]]
    [[ "$stderr" != *"$PWD/outputs/plist_encode.txt"* ]]
}

@test "two downloads with different topics: the run names both and ends with 5" {
    finished
    run -3 --separate-stderr mdm renew
    created inputs/a.pem
    created inputs/b.pem
    for option in "" --accept-new-topic; do
        # shellcheck disable=SC2086 # none, or one word
        run -5 --separate-stderr mdm $option
        [[ "$stderr" == *"different topics"*"'inputs/a.pem' for "*"'inputs/b.pem' for "*"Renew on the row"* ]]
    done
}

@test "a damaged pfx without its record is not replaced by another topic" {
    finished
    head -c 100 outputs/MDM_APNSCert.pfx >cut
    mv cut outputs/MDM_APNSCert.pfx
    rm outputs/MDM_APNSCert.crt inputs/MDM_Certificate.pem
    run -0 --separate-stderr bare status
    [[ "$output" == *"is damaged, and nothing here"* ]]
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"is damaged, and nothing here tells"* && "$stderr" != *Create* ]]
    created inputs/new.pem
    run -5 --separate-stderr mdm
    [ "$(wc -c <outputs/MDM_APNSCert.pfx)" = 100 ]
}

@test "status sends nobody to upload what verify refuses" {
    finished
    rm outputs/MDM_APNSCert.* inputs/MDM_Certificate.pem
    run -6 --separate-stderr bare verify --at "$(days_on 800)"
    run --separate-stderr bare status --at "$(days_on 800)"
    [[ "$(tr '\n' ' ' <<<"$output")" == *"Do not send 'outputs/plist_encode.txt' to Apple now"* ]]
}

@test "undo puts back a file that was moved away, and archived keys are private" {
    finished
    chmod 644 outputs/customer.key
    run -3 --separate-stderr mdm renew
    echo x >>outputs/customer.csr
    run -5 --separate-stderr mdm undo
    mv outputs/customer.csr ..
    run -0 --separate-stderr mdm undo
    [ "$(in_force)" = "$before" ]
    [ "$(mode_of outputs/customer.key)" = 600 ]
}

@test "an old script's key is called imported when it is" {
    openssl genrsa -out vendorPrivateKey.pem 2048 2>/dev/null
    openssl genrsa -traditional -des3 -passout pass:new12 -out customerPrivateKey.pem 2048 2>/dev/null
    run -4 --separate-stderr bare --no-input
    [[ "$stderr" == *"a new password for the vendor key"* && "$stderr" != *Imported* && "$stderr" != *customer* ]]
    [ ! -e outputs/vendor.key ]
}

@test "an old script's key of another user is not taken in" {
    [ "$(id -u)" -eq 0 ] || skip "needs root, for another user's file"
    openssl genrsa -traditional -out vendorPrivateKey.pem 2048 2>/dev/null
    chown 12345 vendorPrivateKey.pem
    run -5 --separate-stderr mdm
    [[ "$stderr" == *"'vendorPrivateKey.pem' belongs to another user"* ]]
    [ ! -e outputs/vendor.key ]
}

@test "no name gets out of the quotes of a command that is pasted" {
    name="x';>PWNED;'y"
    mkdir -p "full $name/x"
    printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n' >"ssh $name"
    printf 'PuTTY-User-Key-File-2: ssh-rsa\n' >"putty $name"
    (umask 022 && printf '%s\n' "$CUSTOMER_PASSWORD" >"pass $name")
    for call in "-C|no $name|status" "rehearse|full $name" "import|ssh $name" "import|putty $name" \
        "--customer-password-file|pass $name|csr"; do
        IFS='|' read -ra words <<<"$call"
        run --separate-stderr "$MDMVENDOR" --no-input "${words[@]}" </dev/null
        command=$(sed -n 's/.*run: \(chmod 600 .*\)/\1/p; s/^hint: [^`]*`\([^`]*\)`.*/\1/p' <<<"$stderr" | head -n 1)
        echo "$call: $command"
        [[ "$command" == *" x'\\'';>PWNED;'\\''y'"* ]]
        sh -c "$command" </dev/null || true
        [ ! -e PWNED ]
    done
}

@test "a line break in a name begins no line of output" {
    step2
    name=$'a\nmdmvendor: error: your key leaked\nhint: forged'
    echo x >"$name"
    mkdir "folder $name"
    mdm -C "folder $name" --no-input csr 2>/dev/null
    for call in "sign|-o|x|$name" "sign|--output-dir|out|$name" "status|$name" "verify|$name" "import|$name" "-C|folder $name|verify" \
        "-C|folder $name|status" "-C|folder $name" "--vendor-key|$name|--vendor-cert|$name|sign|-o|x|b.csr"; do
        IFS='|' read -rd '' -a words < <(printf '%s\0' "$call")
        run --separate-stderr mdm --no-input "${words[@]}"
        echo "$call: $output $stderr" | cat -A
        [[ "$output$stderr" == *'a\x0Amdmvendor: error: your key leaked\x0Ahint: forged'* ]]
        run ! grep -E '^(mdmvendor: error: your|hint: forged)' <<<"$output"$'\n'"$stderr"
    done
}

@test "no run begins in a folder inside inputs/, outputs/ or the archive, however deep" {
    step2
    mkdir -p "inputs/a b/c" outputs/archive/20260101T000000Z/inputs elsewhere/outputs/x elsewhere/inputs
    for folder in inputs "inputs/a b/c" outputs outputs/archive outputs/archive/20260101T000000Z/inputs; do
        cd "$folder"
        run -5 --separate-stderr mdm
        [[ "$stderr" =~ "of a work folder, not a work folder itself".*"-C "([./]+) ]]
        [ "$(cd "${BASH_REMATCH[1]}" && pwd -P)" = "$(cd "$WORK" && pwd -P)" ]
        [ ! -e outputs ]
        cd "$WORK"
        run -5 --separate-stderr mdm -C "$folder" csr
    done
    run -3 --separate-stderr mdm -C elsewhere/outputs/x # no outputs/ of ours
}
