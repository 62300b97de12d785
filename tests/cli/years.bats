#!/usr/bin/env bats
# Three years of one customer, and one round of a vendor with a thousand: the clock is libfaketime's.

load common

setup_file() {
    command -v faketime >/dev/null || return 0
    export APPLE="$BATS_FILE_TMPDIR/apple" CA="$BATS_FILE_TMPDIR/ca.pem"
    "$PRACTICE_APPLE" init "$APPLE" --at 2030-01-10
    "$PRACTICE_APPLE" bundle "$APPLE" >"$CA"
}

setup() {
    needs_faketime
    fresh_folder
}

vendor_on() { "$PRACTICE_APPLE" vendor "$APPLE" outputs/vendor.csr inputs/mdm.cer --at "$1"; }

@test "three years of renewals keep the topic, warn 30 days ahead, and refuse \"Create\" in year two" {
    run -3 --separate-stderr on 2030-01-10 -q
    vendor_on 2030-01-10
    run -3 --separate-stderr on 2030-01-10 -q
    "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode inputs/MDM_Certificate.pem --at 2030-01-10
    run -0 --separate-stderr on 2030-01-10 -q
    first=$output
    # A day on which nothing is due yet, one in the last 30 days (when the renewal is done), one after the end.
    for round in '1 2030-12-05 2030-12-15 2031-02-01' '2 2031-11-10 2031-11-20 2032-01-01' '3 2032-10-16 2032-10-26 2032-12-01'; do
        read -r year quiet warned late <<<"$round"
        cp inputs/MDM_Certificate.pem "$BATS_TEST_TMPDIR/row.pem"
        old=$(cksum <outputs/MDM_APNSCert.pfx)
        expiry=$(openssl x509 -in inputs/MDM_Certificate.pem -noout -enddate)
        run -0 on "$quiet" status
        run -6 --separate-stderr on "$warned" status
        [[ "$output" == *"mdmvendor renew"* ]]
        run -6 on "$late" status
        # The vendor's certificate ends as well: both are renewed.
        run -3 --separate-stderr on "$warned" renew
        [[ "$stderr" == *"inputs/mdm.cer"* ]]
        vendor_on "$warned"
        run -3 --separate-stderr on "$warned"
        [[ "$stderr" == *"$first"* ]]
        [ "$(cksum <outputs/MDM_APNSCert.pfx)" = "$old" ]
        if [ "$year" = 2 ]; then
            "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode inputs/MDM_Certificate.pem --at "$warned"
            run -5 --separate-stderr on "$warned"
            [[ "$stderr" == *"$first"*Renew* ]] || [[ "$stderr" == *Renew*"$first"* ]]
            [ "$(cksum <outputs/MDM_APNSCert.pfx)" = "$old" ]
        fi
        "$PRACTICE_APPLE" push "$APPLE" outputs/plist_encode inputs/MDM_Certificate.pem --at "$warned" --renew "$BATS_TEST_TMPDIR/row.pem"
        run -0 --separate-stderr on "$warned" -q
        [ "$output" = "$first" ]
        [ "$(cksum <outputs/MDM_APNSCert.pfx)" != "$old" ]
        [ "$(openssl x509 -in inputs/MDM_Certificate.pem -noout -enddate)" != "$expiry" ]
    done
    # Nothing was lost on the way: four customer keys and four vendor keys.
    [ "$(find outputs -name customer.key -exec cksum {} + | cut -d' ' -f1 | sort -u | wc -l)" = 4 ]
    [ "$(find outputs -name vendor.key -exec cksum {} + | cut -d' ' -f1 | sort -u | wc -l)" = 4 ]
}

@test "an expired vendor certificate signs nothing, and the renewal says so" {
    run -3 --separate-stderr on 2030-01-10 -q
    vendor_on 2030-01-10
    run -6 --separate-stderr on 2031-02-01
    [[ "$stderr" == *expired* ]]
    [ ! -e outputs/plist_encode ]
    [ ! -e outputs/customer.key ]
    run -5 --separate-stderr on 2030-01-01
    [[ "$stderr" == *"not valid before"* ]] || [[ "$stderr" == *"not yet valid"* ]]
}

@test "one round of a thousand customers' CSRs" {
    python_with cryptography
    run -3 --separate-stderr on 2030-01-10 -q
    vendor_on 2030-01-10
    mkdir "$BATS_TEST_TMPDIR/csrs"
    "$PYTHON" - "$BATS_TEST_TMPDIR/csrs" <<'P'
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
for number in range(1000):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"customer {number}")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    with open(f"{sys.argv[1]}/c{number}.csr", "wb") as file:
        file.write(csr.public_bytes(serialization.Encoding.PEM))
P
    run -0 --separate-stderr on 2030-01-11 sign --output-dir "$BATS_TEST_TMPDIR" --from <(find "$BATS_TEST_TMPDIR/csrs" -name '*.csr')
    [ "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'c*.plist_encode' | wc -l)" = 1000 ]
    run -0 on 2030-01-11 -q verify "$BATS_TEST_TMPDIR"/c*.plist_encode
}
