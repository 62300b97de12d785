#!/usr/bin/env bats
# `mdmvendor status`: at a glance and as JSON, for people and for cron.

load common

setup_file() { apple_opens; }
setup() { fresh_folder; }

# end_of CERT DAYS: so many days after the end of a certificate, RFC 3339.
end_of() {
    date -u -d "$(openssl x509 -in "$1" -noout -enddate | cut -d= -f2) $2 days" +%Y-%m-%dT%H:%M:%SZ
}

# The text of $output in one line.
flat() { tr -s ' \n' ' ' <<<"$output"; }

# The value of a jq expression over the JSON in $output.
json() { jq -rc "$1" <<<"$output"; }

# Every line of $output has at most 80 columns.
fits() {
    awk 'length($0) > 80 { print "too long: " $0; bad = 1 } END { exit bad }' <<<"$output"
}

@test "an empty folder: step 1 is next, and nothing is made" {
    run -0 --separate-stderr bare status
    [ -z "$stderr" ]
    [[ "$output" == *"1  vendor key and CSR        ready"* ]]
    [[ "$output" == *"mdmvendor"* ]]
    fits
    [ -z "$(ls -A)" ]
}

@test "a folder that is not there is an error 1" {
    run -1 --separate-stderr bare -C absent status
    [ -z "$output" ]
    [[ "$stderr" == "mdmvendor: error: "*absent*"hint: "* ]]
}

@test "each stage shows what is done, what is waited for and the next command" {
    step1
    run -0 --separate-stderr bare status
    [[ "$output" == *"waiting for inputs/mdm.cer"* ]]
    [[ "$output" == *"outputs/vendor.key, outputs/vendor.csr"* ]]
    fits
    vendor_portal
    run -0 --separate-stderr bare status
    [[ "$output" == *"2  push certificate request  ready"* ]]
    fits
    run -3 --separate-stderr mdm
    run -0 --separate-stderr bare status
    [[ "$output" == *"waiting for inputs/MDM_Certificate.pem"* ]]
    fits
    push_portal
    run -0 --separate-stderr bare status
    [[ "$output" == *"3  pfx for the MDM server    ready"* ]]
    fits
}

@test "a finished folder: certificates, days left and the topic; the exit status is 0" {
    step3
    topic=$(topic <<<"$output")
    run -0 --separate-stderr bare status
    [[ "$output" == *"Topic ID: $topic"* ]]
    [[ "$output" == *"vendor "*"days left"*"inputs/mdm.cer"* ]]
    [[ "$output" == *"push "*"days left"*"outputs/MDM_APNSCert.crt"* ]]
    [[ "$output" == *"intermediate "*"--ca-file"* ]]
    [[ "$output" != *Warnings* ]]
    [ -z "$stderr" ]
    fits
}

@test "status 6 from 30 days before the end, and after it" {
    step3
    day() { end_of inputs/MDM_Certificate.pem "$1"; }
    run -0 bare status --at "$(day -31)"
    run -6 --separate-stderr bare status --at "$(day -29)"
    [[ "$output" == *"Warnings"*"mdmvendor renew"* ]]
    fits
    run -0 bare status --at "$(day -29)" --days 20
    run -6 bare status --at "$(day -100)" --days 120
    run -6 --separate-stderr bare status --at "$(day 2)"
    [[ "$output" == *expired* ]]
    run -6 --separate-stderr bare status --json --at "$(day 2)"
    [ "$(json .next.action)" = renew ]
    [ "$(json '.certificates[1].days_left < 0')" = true ]
}

@test "--json has the members of the contract and no others, and agrees with openssl" {
    step3
    topic=$(topic <<<"$output")
    run -0 --separate-stderr bare status --json
    [ -z "$stderr" ]
    [ "$(json 'keys_unsorted')" = '["schema","directory","steps","next","certificates","topic","apple_account","practice","warnings"]' ]
    [ "$(json '[.steps[] | keys_unsorted] | unique')" = '[["step","name","state","files","waiting_for","reason","hint"]]' ]
    [ "$(json '.next | keys_unsorted')" = '["step","action","command"]' ]
    [ "$(json '[.certificates[] | keys_unsorted] | unique')" = '[["role","in_use","state","path","subject","issuer","serial","sha256","not_before","not_after","days_left","topic"]]' ]
    [ "$(json .directory)" = "$PWD" ]
    [ "$(json '[.certificates[].role]')" = '["vendor","push","intermediate","root"]' ]
    [ "$(json .topic)" = "$topic" ]
    [ "$(json '.certificates[1].topic')" = "$topic" ]
    [ "$(json '[.steps[].state]')" = '["done","done","done"]' ]
    [ "$(json '.steps[2].files')" = '["outputs/MDM_APNSCert.pfx","outputs/MDM_APNSCert.crt"]' ]
    sha=$(openssl x509 -in inputs/MDM_Certificate.pem -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | tr A-F a-f)
    [ "$(json '.certificates[1].sha256')" = "$sha" ]
    serial=$(openssl x509 -in inputs/MDM_Certificate.pem -noout -serial | cut -d= -f2)
    [ "$(json '.certificates[1].serial')" = "$serial" ]
    for name in subject issuer; do
        [ "$(json ".certificates[1].$name")" = "$(openssl x509 -in inputs/MDM_Certificate.pem -noout "-$name" -nameopt rfc2253,-dn_rev | cut -d= -f2-)" ]
    done
    [ "$(json '.certificates[1].not_after')" = "$(end_of inputs/MDM_Certificate.pem 0)" ]
}

@test "a certificate is valid from its first second to its last" {
    step2
    for edge in 'start 0 0' 'start -1 5' 'end 0 0' 'end 1 6'; do
        read -r side shift expected <<<"$edge"
        seconds=$(date -u -d "$(openssl x509 -inform DER -in inputs/mdm.cer -noout "-${side}date" | cut -d= -f2)" +%s)
        run "-$expected" bare verify --at "$(date -u -d "@$((seconds + shift))" +%Y-%m-%dT%H:%M:%SZ)"
    done
}

@test "mdmvendor --json prints the same object at the end of a run" {
    run -3 --separate-stderr mdm --json
    [ "$(json '.steps[1].waiting_for')" = inputs/mdm.cer ]
    vendor_portal
    run -3 --separate-stderr mdm --json
    push_portal
    run -0 --separate-stderr mdm --json
    [ "$(json .next.action)" = finished ]
    whole=$(grep -v days_left <<<"$output") # a second later it may be a day less
    run -0 --separate-stderr bare status --json
    [ "$(grep -v days_left <<<"$output")" = "$whole" ]
}

@test "a wrong file in inputs/ is told with its sentence" {
    step1
    echo '<html><body>Your session has expired</body></html>' >inputs/mdm.cer
    run -0 --separate-stderr bare status --json
    [[ "$(json '.warnings[0]')" == *"inputs/mdm.cer"*HTML* ]]
    [[ "$(json '.steps[1].reason')" == *HTML* ]]
}

@test "names from certificates and files cannot command the terminal" {
    step1
    vendor_portal --fault cn-control
    printf 'x' >"inputs/$(printf 'a\033[31mb')"
    run -0 --separate-stderr bare status
    [[ "$output" == *"MDM Vendor"* ]]
    [[ "$output" != *$'\033'* ]]
    run -0 --separate-stderr bare status --json
    [[ "$output" != *$'\033'* ]]
    json . >"$BATS_TEST_TMPDIR/parsed"
}

@test "it changes nothing, and needs no right to write" {
    step3
    before=$(find . -exec ls -ld {} + | sort)
    run -0 bare status
    run -0 bare status --json
    [ "$(find . -exec ls -ld {} + | sort)" = "$before" ]
}

@test "keys that others can read, and an unencrypted one, are warned about" {
    step3
    openssl pkey -in outputs/vendor.key -passin "pass:$VENDOR_PASSWORD" -out "$BATS_TEST_TMPDIR/clear"
    cp "$BATS_TEST_TMPDIR/clear" outputs/vendor.key
    chmod 644 outputs/vendor.key
    run -0 --separate-stderr bare status
    [[ "$output" == *"can be read by others"* ]]
    [[ "$output" == *"not encrypted"* ]]
    [[ "$output" == *"1  vendor key and CSR        done"* ]]
}

@test "without UTF-8 the marks are words, and nothing is coloured in a pipe" {
    step1
    LC_ALL=C NO_COLOR='' TERM=xterm run -0 --separate-stderr bare status
    [[ "$output" == *"ok    1  vendor key and CSR"* ]]
    [ -z "$(LC_ALL=C tr -d ' -~\n' <<<"$output")" ]
}

@test "while a renewal is under way the old certificate is still watched" {
    step3
    topic=$(topic <<<"$output")
    run -3 --separate-stderr mdm renew
    run -0 --separate-stderr bare status --json
    [ "$(json .topic)" = "$topic" ]
    [[ "$(json .warnings)" == *"renewal is under way"* ]]
    run -0 --separate-stderr bare status
    [[ "$(flat)" == *"press Renew on the row 'APSP:"* ]]
    fits
    run -6 bare status --at "$(end_of outputs/archive/*/inputs/MDM_Certificate.pem -15)"
}

@test "a certificate that only the archive holds has a path that is there, however the folder is named" {
    step3
    run -3 mdm renew
    rm inputs/mdm.cer outputs/plist_encode*
    cd ..
    run -0 --separate-stderr bare status --json -C "${OLDPWD##*/}"
    [ -f "$(json '.certificates[0].path')" ]
}

@test "a customer's side alone shows step 3 only" {
    run -0 --separate-stderr mdm csr
    run -0 --separate-stderr bare status --json
    [ "$(json '[.steps[].state]')" = '["blocked","blocked","waiting"]' ]
    run -0 --separate-stderr bare status
    [[ "$(flat)" == *"Have your vendor sign 'outputs/customer.csr'"* ]]
    fits
}
