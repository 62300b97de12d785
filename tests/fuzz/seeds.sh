#!/bin/sh
# Makes the seed corpora of the fuzz targets: seeds.sh OUT, with MDMVENDOR, PRACTICE_APPLE and SOURCE_DIR set. All keys in
# them are made here and now, and belong to nobody.
set -eu
out=$1
apple=$out/.work/apple
work=$out/.work/folder
ca=$out/.work/ca.pem
password=password

rm -rf "$out"
mkdir -p "$work"
for target in certificate pkcs7 csr key pkcs12 request subject text filekind survey options; do
    mkdir "$out/$target"
done
unset MDMVENDOR_VENDOR_PASSWORD MDMVENDOR_CUSTOMER_PASSWORD
export LC_ALL=C NO_COLOR=1 RANDFILE="$out/.work/.rnd"
openssl=$(command -v openssl) || {
    echo "skip: openssl is not installed"
    exit 77
}

# quiet COMMAND...: what it says is shown when it fails.
quiet() {
    "$@" >"$out/.work/log" 2>&1 </dev/null || {
        cat "$out/.work/log"
        echo "failed: $*"
        exit 1
    }
}

# put TARGET... NAME: standard input becomes that seed of the targets.
put() {
    cat >"$out/.work/seed"
    for name in "$@"; do :; done
    while [ $# -gt 1 ]; do
        cp "$out/.work/seed" "$out/$1/$name"
        shift
    done
}

# part NAME FILE: one part of an input of several (fuzz.h).
part() {
    printf '==> %s <==\n' "$1"
    cat "$2"
    printf '\n'
}

# The work folder as it stands, as a seed of the survey.
pack() {
    {
        part ca "$ca"
        printf '==> at <==\n%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
        (cd "$work" && find . -type f ! -name '.*' | sed 's,^\./,,' | sort) | while IFS= read -r name; do
            part "$name" "$work/$name"
        done
    } | put survey "$1"
}

# mdm STATUS ARGUMENTS...: the program, which must end with that status.
mdm() {
    wanted=$1
    shift
    status=0
    "$MDMVENDOR" -C "$work" --ca-file "$ca" --vendor-password-file "$out/.work/pass" \
        --customer-password-file "$out/.work/pass" "$@" >"$out/.work/log" 2>&1 </dev/null || status=$?
    [ $status -eq "$wanted" ] || {
        cat "$out/.work/log"
        echo "mdmvendor $*: status $status, expected $wanted"
        exit 1
    }
}

# Both portals, in the work folder.
vendor_portal() {
    quiet "$PRACTICE_APPLE" vendor "$apple" "$work/outputs/vendor.csr" "$work/inputs/mdm.cer"
}
push_portal() {
    quiet "$PRACTICE_APPLE" push "$apple" "$work/outputs/plist_encode.txt" "$work/inputs/MDM_Certificate.pem" "$@"
}

# A whole folder, step by step, with a renewal and some of the mistakes that people make.
folders() {
    quiet "$PRACTICE_APPLE" init "$apple"
    "$PRACTICE_APPLE" bundle "$apple" >"$ca"
    printf '%s\n%s\n' $password $password >"$out/.work/pass"
    chmod 600 "$out/.work/pass"
    pack 0-empty
    mdm 3
    pack 1-waiting-for-vendor
    cp "$work/outputs/vendor.csr" "$work/inputs/mdm.cer"
    pack 1-csr-in-place-of-certificate
    vendor_portal
    cp "$work/inputs/mdm.cer" "$out/.work/vendor.cer"
    mdm 3
    pack 2-waiting-for-push
    cp "$work/outputs/plist_encode" "$out/.work/request"
    cp "$work/outputs/customer.csr" "$out/.work/customer.csr"
    push_portal
    mdm 0
    pack 3-finished
    cp "$work/inputs/MDM_Certificate.pem" "$out/.work/push.pem"
    cp "$work/outputs/vendor.key" "$out/.work/vendor.key"
    cp "$work/outputs/MDM_APNSCert.pfx" "$out/.work/compat.pfx"
    mdm 3 renew
    pack 4-renewal-begun
    vendor_portal
    mdm 3
    push_portal --renew "$out/.work/push.pem"
    pack 5-renewed
    push_portal
    pack 5-other-topic
    printf '<!DOCTYPE html><html><body>Sign in</body></html>' >"$work/inputs/mdm.cer"
    pack 6-web-page
    {
        part inputs/mdm.cer "$out/.work/vendor.cer"
        printf '==> inputs/folder/deeper/file <==\nx\n==> inputs/link -> /etc/passwd <==\n\n'
        printf '==> outputs/vendor.key -> ../inputs/mdm.cer <==\n\n==> inputs/\033[31m\342\200\256name <==\n'
    } | put survey links-and-names
}

certificates() {
    for file in "$SOURCE_DIR"/data/apple/*.cer; do
        name=$(basename "$file")
        cp "$file" "$out/certificate/$name"
        cp "$file" "$out/pkcs7/$name"
    done
    put certificate pkcs7 filekind vendor.cer <"$out/.work/vendor.cer"
    put certificate filekind push.pem <"$out/.work/push.pem"
    put certificate filekind ca.pem <"$ca"
    for fault in no-marker critical-apple critical-foreign cn-control cn-bidi cn-nul other-issuer bad-signature; do
        quiet "$PRACTICE_APPLE" vendor "$apple" "$work/outputs/vendor.csr" "$out/certificate/fault-$fault" --fault $fault
    done
    {
        cat "$out/.work/push.pem"
        "$openssl" x509 -inform DER -in "$out/.work/vendor.cer"
        cat "$ca"
    } | put certificate whole-chain.pem
    sed 's/$/\r/' "$out/.work/push.pem" | put certificate filekind crlf.pem
    {
        printf '\357\273\277text before\n'
        cat "$out/.work/push.pem"
    } | put certificate filekind bom.pem
    for kind in RSA RSA-PSS EC ED25519; do
        case $kind in
        RSA*) set -- -pkeyopt rsa_keygen_bits:1024 ;;
        EC) set -- -pkeyopt ec_paramgen_curve:P-256 ;;
        *) set -- ;;
        esac
        quiet "$openssl" genpkey -algorithm $kind "$@" -out "$out/.work/any.key"
        quiet "$openssl" req -new -x509 -key "$out/.work/any.key" -subj "/UID=com.apple.mgmt.External.x/CN=$kind" \
            -addext 'authorityInfoAccess=caIssuers;URI:http://example.com/ca.cer' -outform DER \
            -out "$out/certificate/self-$kind.der"
        "$openssl" req -new -key "$out/.work/any.key" -subj "/CN=$kind" -outform DER | put csr filekind $kind.der
        "$openssl" pkey -in "$out/.work/any.key" -outform DER | put key filekind $kind.key.der
        "$openssl" pkey -in "$out/.work/any.key" -pubout -outform DER | put filekind $kind.pub.der
    done
    "$openssl" crl2pkcs7 -nocrl -certfile "$ca" -outform DER | put pkcs7 filekind bundle.p7b
    "$openssl" crl2pkcs7 -nocrl -certfile "$ca" | put pkcs7 certificate filekind bundle.pem
}

csrs() {
    put csr filekind ours.pem <"$out/.work/customer.csr"
    "$openssl" req -in "$out/.work/customer.csr" -outform DER | put csr filekind ours.der
    quiet "$openssl" req -new -newkey rsa:2048 -nodes -keyout "$out/.work/clear.key" -out "$out/.work/other.csr" -utf8 \
        -subj '/C=DE/O=Größe/CN=A+B/emailAddress=a@b.c' -addext 'subjectAltName=DNS:a.b'
    "$openssl" req -in "$out/.work/other.csr" -text | put csr with-text.pem
    "$openssl" req -in "$out/.work/other.csr" -outform DER | put csr attributes.der
    sed 's/CERTIFICATE REQUEST/NEW CERTIFICATE REQUEST/' "$out/.work/other.csr" | put csr new.pem
    cat "$out/.work/other.csr" "$out/.work/customer.csr" | put csr two.pem
}

# Key derivation with few rounds: fuzzing goes through it at every try.
keys() {
    key=$out/.work/clear.key
    "$openssl" pkey -in "$key" -outform DER | put key filekind pkcs8.der
    "$openssl" pkey -in "$key" | put key pkcs8.pem
    "$openssl" rsa -in "$key" -traditional -outform DER 2>/dev/null | put key filekind pkcs1.der
    "$openssl" rsa -in "$key" -traditional 2>/dev/null | put key pkcs1.pem
    "$openssl" rsa -in "$key" -traditional -aes128 -passout pass:$password 2>/dev/null | put key dek-info.pem
    for way in '-v2 aes-256-cbc' '-v2 des3' '-v1 PBE-SHA1-3DES'; do
        # shellcheck disable=SC2086 # option and value
        "$openssl" pkcs8 -topk8 -in "$key" $way -iter 16 -passout pass:$password -outform DER |
            put key filekind "encrypted$(printf '%s' "$way" | tr -c 'A-Za-z0-9' -).der"
    done
    "$openssl" pkcs8 -topk8 -in "$key" -scrypt -scrypt_N 16 -scrypt_r 1 -scrypt_p 1 -passout pass:$password |
        put key scrypt.pem
    {
        "$openssl" pkcs8 -topk8 -in "$key" -iter 16 -passout pass:$password
        "$openssl" pkey -in "$key" -pubout
    } | put key filekind with-public.pem
    put key filekind ours.pem <"$out/.work/vendor.key"
}

pkcs12s() {
    quiet "$openssl" req -new -x509 -key "$out/.work/clear.key" -subj /CN=x -out "$out/.work/own.pem"
    set -- -export -inkey "$out/.work/clear.key" -in "$out/.work/own.pem" -passout pass:$password -iter 16
    "$openssl" pkcs12 "$@" -macalg sha256 -certfile "$ca" | put pkcs12 key filekind modern.p12
    "$openssl" pkcs12 "$@" -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 | put pkcs12 filekind compat.p12
    "$openssl" pkcs12 "$@" -keypbe NONE -certpbe NONE -nomac | put pkcs12 key filekind clear.p12
    "$openssl" pkcs12 "$@" -keypbe NONE -certpbe NONE -macalg sha1 | put pkcs12 clear-with-mac.p12
    "$openssl" pkcs12 "$@" -certpbe NONE -nomac -name friendly -CSP csp | put pkcs12 named.p12
    "$openssl" pkcs12 -export -nokeys -in "$ca" -passout pass: -iter 16 | put pkcs12 no-key.p12
    put pkcs12 filekind ours.pfx <"$out/.work/compat.pfx"
}

requests() {
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    "$openssl" base64 -d -A -in "$out/.work/request" -out "$out/.work/plist"
    put request filekind plain <"$out/.work/request"
    put filekind plist <"$out/.work/plist"
    "$openssl" base64 -in "$out/.work/plist" | put filekind request wrapped
    string='s,.*<string>\(.*\)</string>.*,\1,p'
    sed -n "/PushCertRequestCSR/{n;$string;}" "$out/.work/plist" | "$openssl" base64 -d -A >"$out/.work/csr.der"
    sed -n "/PushCertSignature/{n;$string;}" "$out/.work/plist" | "$openssl" base64 -d -A >"$out/.work/signature"
    sed -n '/-----BEGIN/,/-----END/p' "$out/.work/plist" |
        sed 's/.*<string>//; s,</string>.*,,' >"$out/.work/chain.pem"
    for form in request plist pieces; do
        {
            part ca "$ca"
            printf '==> at <==\n%s\n' "$now"
            case $form in
            pieces)
                part csr "$out/.work/csr.der"
                part chain "$out/.work/chain.pem"
                part signature "$out/.work/signature"
                ;;
            *) part $form "$out/.work/$form" ;;
            esac
        } | put request "compared-$form"
    done
    for piece in csr.der signature chain.pem; do
        [ -s "$out/.work/$piece" ] || {
            echo "the request could not be taken apart: there is no $piece"
            exit 1
        }
    done
}

texts() {
    printf 'C=US,O=Acme\\, Inc.,CN=MDM Push,emailAddress=a@b.c' | put subject plain
    printf 'cn = \\20 two  spaces \\ ,2.5.4.12=Dr.,1.2.3.4=x' | put subject spaces-and-oids
    printf 'UID=u,DC=example,SN=s,GN=g,serialNumber=1,title=t,street=s 1,postalCode=1,ST=s,L=l,OU=o' | put subject all
    # shellcheck disable=SC1003 # a backslash is meant
    printf 'CN=Gr\303\266\303\237e \\C3\\B6 \360\237\230\200,O=\\"q\\"\\;\\<\\>\\#\\+\\\\' | put subject utf-8
    printf 'plain' | put text plain
    printf '\033]0;title\007\302\205\342\200\256\357\273\277\360\240\200\200\364\217\277\277\355\240\200\300\200' | put text all
    printf 'sign\n--from\nlist\n-j\n4\n--output-dir=x\na.csr' | put options sign
    printf 'status\n--json\n--days\n30\n--at\n2026-11-23' | put options status
    printf '%s\n' '2' '-C' 'x' '--vendor-subject' 'CN=x' '--wait=10' '--pfx' 'modern' '--keep-key' | put options step
    printf 'veryfy\n--directori\n-qhV' | put options mistakes
    printf '<html><head></head></html>' | put filekind page.html
    printf 'PK\003\004' | put filekind x.zip
    printf 'bplist00' | put filekind binary.plist
}

# The words of the command line, for the fuzzer to put together.
dictionaries() {
    "$MDMVENDOR" help --table | awk -F'\t' '
        $1 == "option" { print "option_" NR "=\"--" $3 "\"" }
        $1 == "command" && $2 ~ /^[a-z]/ { print "command_" NR "=\"" $2 "\"" }' >"$out/options.dict"
    printf 'uri="pkcs11:"\ndate="2026-11-23"\nstep="2"\nvalue="="\nend="\\x0a--\\x0a"\n' >>"$out/options.dict"
}

folders
certificates
csrs
keys
pkcs12s
requests
texts
dictionaries
rm -rf "$out/.work"
echo "$(find "$out" -mindepth 2 -type f | wc -l | tr -d ' ') seeds"
