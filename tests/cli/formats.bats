#!/usr/bin/env bats
# What programs read: JSON by its schemas, monitoring, calendars, and `status FILE...`.

load common

setup_file() { apple_opens; }
setup() { fresh_folder; }

# valid SCHEMA: standard input, each JSON text in it, is as docs/schema/SCHEMA.json says.
valid() {
    python_with jsonschema
    "$PYTHON" -c '
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
text, count = sys.stdin.read(), 0
while text.strip():
    value, end = json.JSONDecoder().raw_decode(text.lstrip())
    jsonschema.Draft202012Validator(schema).validate(value)
    text, count = text.lstrip()[end:], count + 1
assert count > 0, "no JSON"
' "$SOURCE_DIR/docs/schema/$1.json"
}

@test "status --json is as its schema says, at every stage of a folder" {
    bare status --json | valid status
    run -3 --separate-stderr mdm --json
    valid status <<<"$output"
    vendor_portal
    bare status --json | valid status
    run -3 --separate-stderr mdm --json
    [[ "$output" != *'"error"'* ]] # Apple's turn is no error
    valid status <<<"$output"
    echo junk >inputs/MDM_Certificate.pem
    bare status --json | valid status
    push_portal
    run -0 --separate-stderr mdm --json
    valid status <<<"$output"
    run -6 --separate-stderr mdm status --format json --days 400
    valid status <<<"$output"
    [[ "$output" == *'"state": "expiring"'* ]]
    run -6 --separate-stderr mdm status --json --at 2050-01-01
    [[ "$output" == *'"state": "expired"'* ]]
    valid status <<<"$output"
    # A schema that takes everything would prove nothing.
    run ! valid status <<<"${output/\"expired\"/\"old\"}"
    run ! valid status <<<"${output/\"schema\": 1,/}"
}

@test "an error leaves an object on standard output, alone or with the state of the folder" {
    run -1 --separate-stderr mdm -C nowhere status --json
    valid error <<<"$output"
    [[ "$output" == *'"status": 1'*"nowhere"* && "$stderr" == *"error: "* ]]
    run -2 --separate-stderr mdm status --bogus --json
    valid error <<<"$output"
    run -1 --separate-stderr "$MDMVENDOR" verify --ca-file nowhere --json x
    valid error <<<"$output"
    openssl genrsa -out a.key 2048 2>/dev/null
    for call in "status nofile" "status a.key" "verify nofile" verify; do
        # shellcheck disable=SC2086 # words
        run -1 --separate-stderr bare --json $call
        valid "${call%% *}" <<<"$output"
        jq -e '.error | .status == 1 and .text != "" and .hint != ""' <<<"$output"
    done
    run -4 --separate-stderr bare --json
    valid status <<<"$output"
    [[ "$output" == *'"error"'*'"status": 4'* ]]
}

@test "verify --json and sign --json are as their schemas say" {
    step2
    openssl req -new -newkey rsa:2048 -nodes -keyout a.key -subj /CN=a -out a.csr 2>/dev/null
    echo junk >bad.csr
    mdm verify --json | valid verify
    run -1 --separate-stderr mdm verify --json outputs/plist_encode a.csr
    valid verify <<<"$output"
    run -1 --separate-stderr mdm sign --json --output-dir out a.csr bad.csr
    [ "$(wc -l <<<"$output")" = 2 ]
    valid sign <<<"$output"
    grep -q '"ok": *true' <<<"$output"
    grep -q '"ok": *false' <<<"$output"
}

@test "nagios: one line with performance data, and the statuses of a plug-in" {
    run -3 --separate-stderr mdm status --format nagios
    [[ "$output" == "MDM PUSH UNKNOWN - "* ]]
    step3
    run -0 --separate-stderr mdm status --format nagios
    [ "$(wc -l <<<"$output")" = 1 ]
    [[ "$output" =~ ^MDM\ PUSH\ OK\ -\ push\ certificate\ .*\|\ days_left=36[0-9]\;30:\;10:$ ]]
    run -1 mdm status --format nagios --days 400
    [[ "$output" == "MDM PUSH WARNING - "*"days_left="*";400:;133:" ]]
    run -2 mdm status --format nagios --days 1200
    run -2 mdm status --format nagios --at 2050-01-01
    [[ "$output" == "MDM PUSH CRITICAL - "*"expired on"* && "$output" != *" left,"* ]]
    run -3 --separate-stderr mdm status --format nagios --at 2001-01-01
    [[ "$output" == "MDM PUSH UNKNOWN - "*"not valid before"* ]]
    run -3 mdm status --format nagios inputs/MDM_Certificate.pem outputs/vendor.csr nowhere.pem
    [[ "$output" == "MDM PUSH UNKNOWN - 'outputs/vendor.csr' "* && "${#lines[@]}" = 1 ]]
    run -3 --separate-stderr mdm -C nowhere status --format nagios
    run -3 --separate-stderr mdm status --bogus --format=nagios
    [[ "$output" == "MDM PUSH UNKNOWN - "*"--bogus"* ]]
    run -3 --separate-stderr mdm '-Cno | days_left=9' status --format=nagios
    [[ "$output" == "MDM PUSH UNKNOWN - "*"'no / days_left=9'" ]]
    run -2 --separate-stderr mdm status --format nagius
}

@test "prometheus: a gauge for each certificate in use, and status 0 whatever they say" {
    step3
    run -0 --separate-stderr mdm status --format prometheus --at 2050-01-01
    end=$(date -u -d "$(openssl x509 -in inputs/MDM_Certificate.pem -noout -enddate | cut -d= -f2)" +%s)
    grep -qE "^mdmvendor_certificate_not_after_seconds\{role=\"push\",.*topic=\"com.apple.mgmt[^\"]*\"\} $end$" <<<"$output"
    # Nothing but comments and samples.
    run ! grep -vE '^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? [0-9]+)$' <<<"$output"
}

@test "ics: events 30, 10 and 1 days before and on the day, read back by a calendar library" {
    python_with icalendar
    step3
    run -0 --separate-stderr mdm status --format ics
    mdm status --format ics >one.ics
    mdm status --format ics --at 2027-01-01 >two.ics
    cmp one.ics two.ics # the same events whenever it is asked
    "$PYTHON" - one.ics "$(openssl x509 -in inputs/MDM_Certificate.pem -noout -enddate | cut -d= -f2)" <<'PY'
import datetime, icalendar, sys
data = open(sys.argv[1], "rb").read()
assert all(len(line) <= 75 for line in data.split(b"\r\n")) and b"\n" not in data.replace(b"\r\n", b"")
calendar = icalendar.Calendar.from_ical(data)
events = [e for e in calendar.walk("VEVENT") if "push" in e["SUMMARY"]]
end = datetime.datetime.strptime(sys.argv[2], "%b %d %H:%M:%S %Y %Z").date()
assert [(end - e["DTSTART"].dt).days for e in events] == [30, 10, 1, 0], events
assert len({e["UID"] for e in calendar.walk("VEVENT")}) == 8
assert all("identity.apple.com/pushcert" in e["DESCRIPTION"] and "Renew" in e["DESCRIPTION"] for e in events)
PY
}

@test "-q status: nothing when all is well, which waiting for Apple is; else one line" {
    step1
    run -0 --separate-stderr mdm -q status
    [ -z "$output$stderr" ]
    vendor_portal
    run -3 --separate-stderr mdm
    push_portal
    run -0 --separate-stderr mdm
    run -0 --separate-stderr mdm -q status
    [ -z "$output$stderr" ]
    run -6 --separate-stderr mdm -q status --days 400
    [ "$(wc -l <<<"$output")" = 1 ]
    [[ "$output" == "$(pwd -P): the push certificate"*"renew"* && -z "$stderr" ]]
    for step in 1 2 3 4; do [[ "$(bare help $step)" == *--downloads* ]]; done
}

@test "status FILE: what certificates say, whose key, without a work folder" {
    step3
    mkdir ../elsewhere
    cd ../elsewhere
    run -0 --separate-stderr bare status "$WORK/inputs/MDM_Certificate.pem"
    [[ "$output" == *push*"days left"*"Topic ID: com.apple.mgmt"*"none of these files"* ]]
    openssl x509 -in "$WORK/inputs/MDM_Certificate.pem" -outform DER -out push.der
    run -0 --separate-stderr bare status push.der "$WORK/outputs/customer.key"
    [[ "$output" == *"Private key: "*customer.key* ]]
    run -6 --separate-stderr bare status push.der --at 2050-01-01
    run -6 --separate-stderr bare status push.der --days 400
    run -4 --separate-stderr bare status "$WORK/outputs/MDM_APNSCert.pfx"
    [[ "$stderr" == *"the password of "*MDM_APNSCert.pfx*"--customer-password-file"* ]]
    run -0 --separate-stderr mdm status "$WORK/outputs/MDM_APNSCert.pfx"
    [[ "$output" == *"Topic ID: com.apple.mgmt"*"Private key: "*MDM_APNSCert.pfx* ]]
    bare status --json push.der | valid status
    run -4 --separate-stderr bare status --json "$WORK/outputs/MDM_APNSCert.pfx"
    [[ "$output" == *'"code": "locked"'* ]]
    valid status <<<"$output"
    [ -z "$(ls inputs outputs 2>/dev/null)" ]
}

@test "status FILE: what is no certificate is named, and the others are still read" {
    step2
    run -1 --separate-stderr bare status outputs/vendor.csr inputs/mdm.cer nothing.pem
    [[ "$output" == *"MDM Vendor"* ]]
    [[ "$stderr" == *"vendor.csr' holds no certificate"*"nothing.pem"* ]]
    echo wrong >wrong.pass
    chmod 600 wrong.pass
    push_portal
    run -0 --separate-stderr mdm
    run -1 --separate-stderr "$MDMVENDOR" --customer-password-file wrong.pass status outputs/MDM_APNSCert.pfx
    [[ "$stderr" == *"wrong.pass"*"does not open"* ]]
}

@test "a PKCS #12 with the empty password opens without asking" {
    step3
    run -0 --separate-stderr mdm export --key push.key
    openssl pkcs12 -export -inkey push.key -in inputs/MDM_Certificate.pem -passout pass: -out empty.p12
    run -0 --separate-stderr bare status empty.p12
    [[ "$output" == *"push"*"Private key: empty.p12"* ]]
}

@test "the systemd units are what systemd takes" {
    command -v systemd-analyze >/dev/null || { [ "${CI:-}" = true ] && false || skip "systemd-analyze is not installed"; }
    ln -s "$MDMVENDOR" "$BATS_TEST_TMPDIR/mdmvendor" # an installed path, without the blanks that this one may have
    sed "s|@BINDIR@|$BATS_TEST_TMPDIR|" "$SOURCE_DIR/packaging/systemd/mdmvendor-status@.service.in" >mdmvendor-status@srv-mdm.service
    cp "$SOURCE_DIR/packaging/systemd/mdmvendor-status@.timer" mdmvendor-status@srv-mdm.timer
    run -0 systemd-analyze verify --man=no ./mdmvendor-status@srv-mdm.service ./mdmvendor-status@srv-mdm.timer
    [ -z "$output" ]
    # The command of the unit: quiet and 0 when all is well, one line and 6 when not.
    command=$(sed -n 's/^ExecStart=//p' mdmvendor-status@srv-mdm.service)
    step3
    run -0 --separate-stderr bash -c "${command/\%f/$WORK} --ca-file $CA"
    [ -z "$output$stderr" ]
}

@test "status of a key alone asks for its certificate" {
    openssl genrsa -out a.key 2048 2>/dev/null
    run -1 --separate-stderr "$MDMVENDOR" status a.key
    [[ "$stderr" == *"'a.key' holds a private key and no certificate"* ]]
}

@test "dates are told without a look at the time zone" {
    mkfifo zone
    cert="$SOURCE_DIR/data/apple/AppleRootCA-G2.cer"
    run -0 --separate-stderr env TZ=":$PWD/zone" timeout 10 "$MDMVENDOR" status --json "$cert"
    [ "$(jq -r '.certificates[0].not_before' <<<"$output")" = 2014-04-30T18:10:09Z ]
    run -0 --separate-stderr env TZ=right/UTC "$MDMVENDOR" status --json "$cert"
    [ "$(jq -r '.certificates[0].not_before' <<<"$output")" = 2014-04-30T18:10:09Z ]
}
