#!/bin/sh
# The pfx in both forms against the programs that read such files: TAP, and at its end the matrix. A reader that is not here
# is a skip, or with CI=true a failure. MDMVENDOR and PRACTICE_APPLE name the two programs; ctest sets them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/interop/folder.sh
. "$here/folder.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
export LC_ALL=C
printf 'not-the-password\n' >"$tmp/wrong.pass"

number=0
failures=0

# cell yes|no NAME: one case of TAP.
cell() {
    number=$((number + 1))
    if [ "$1" = yes ]; then
        echo "ok $number - $2"
    else
        failures=$((failures + 1))
        echo "not ok $number - $2"
        sed 's/^/#   /' "$log"
    fi
}

skipped() {
    number=$((number + 1))
    if [ "${CI:-}" = true ]; then
        failures=$((failures + 1))
        echo "not ok $number - $1: $2"
    else
        echo "ok $number - $1 # SKIP $2"
    fi
}

holds() {
    if "$@"; then echo yes; else echo no; fi
}

# The readers, in the order of the matrix. `found NAME` sets `command`, which a file, a password file and a folder are added
# to; `missing`, in words, when it is not here; `version`; and `wrong`, a word of what it says to a wrong password.
readers="openssl gnutls nss java node python go"

found() {
    command='' missing='' version=''
    case $1 in
    openssl)
        reader="OpenSSL, default provider" wrong="invalid password"
        openssl version 2>/dev/null | grep -q '^OpenSSL 3' || missing="OpenSSL 3 is not installed"
        version=$(openssl version | cut -d ' ' -f 2)
        command="sh $here/readers/openssl.sh"
        ;;
    gnutls)
        reader="GnuTLS certtool" wrong="verification failed"
        present certtool && version=$(certtool --version | sed -n '1s/.* //p')
        command="sh $here/readers/certtool.sh"
        ;;
    nss)
        reader="NSS pk12util" wrong=SEC_ERROR_BAD_PASSWORD
        present pk12util && present certutil
        command="sh $here/readers/pk12util.sh"
        ;;
    java)
        reader="Java keytool" wrong="password was incorrect"
        # macOS has a keytool that only asks for a Java.
        present keytool && keytool -help >/dev/null 2>&1 || missing="Java is not installed"
        version=$(java -version 2>&1 | sed -n '1s/[^"]*"\([^"]*\)".*/\1/p')
        command="sh $here/readers/keytool.sh"
        ;;
    node)
        reader="Node tls" wrong="mac verify failure"
        present node && version=$(node --version)
        command="node $here/readers/node.js"
        ;;
    python)
        reader="Python cryptography" wrong="Invalid password"
        # The first python3 in the path may be one that the system's packages are not for.
        missing="python3 with cryptography is not installed"
        for python in python3 /usr/bin/python3; do
            version=$("$python" -c 'import cryptography; print(cryptography.__version__)' 2>/dev/null) || continue
            missing='' command="$python $here/readers/python.py"
            break
        done
        ;;
    go)
        reader="Go x/crypto/pkcs12" wrong="password incorrect"
        present go && go_reader
        ;;
    esac
}

# present TOOL: or else `missing` says that it is not.
present() {
    command -v "$1" >/dev/null 2>&1 && return
    missing="$1 is not installed"
    return 1
}

# Built once, from the sources that the system's package holds: no module is fetched.
go_reader() {
    version=$(go env GOVERSION)
    command="$tmp/go-reader"
    [ -x "$command" ] || GO111MODULE=off GOTOOLCHAIN=local GOPATH=/usr/share/gocode GOCACHE="$tmp/go-cache" \
        go build -o "$command" "$here/readers/pfx.go" >"$log" 2>&1 || {
        missing="golang.org/x/crypto is not installed"
        [ -d /usr/share/gocode/src/golang.org/x/crypto/pkcs12 ] && missing="the reader in Go does not build: $(tail -n 1 "$log")"
    }
}

# reads FORM PASSWORD_FILE: what the reader wrote is in $out then, what it said in $log.
reads() {
    rm -rf "$out"
    mkdir "$out"
    $command "$tmp/$1.pfx" "$2" "$out" >"$log" 2>&1
}

has_the_key() {
    [ "$(cat "$out/public.pem" 2>/dev/null)" = "$public" ]
}

has_the_one_certificate() {
    [ "$(grep -c '^-----BEGIN CERTIFICATE' "$out/certs.pem" 2>/dev/null)" = 1 ] &&
        [ "$(openssl x509 -in "$out/certs.pem" -noout -fingerprint -sha256)" = "$fingerprint" ]
}

refuses_the_wrong_password() {
    ! reads "$1" "$tmp/wrong.pass" && grep -qi "$wrong" "$log"
}

# Go's x/crypto/pkcs12 knows SHA-1 alone, and is frozen.
cannot_by_its_digest() {
    ! reads "$1" "$password" && grep -q 'unknown digest algorithm' "$log"
}

try_all() {
    form=$1
    opens=$(holds reads "$form" "$password")
    cell "$opens" "$form: $reader opens it"
    key=$(holds has_the_key)
    cell "$key" "$form: $reader finds the key"
    one=$(holds has_the_one_certificate)
    cell "$one" "$form: $reader finds the push certificate, and no other"
    refuses=$(holds refuses_the_wrong_password "$form")
    cell "$refuses" "$form: $reader refuses a wrong password"
    row="$opens $key $one $refuses"
}

try_expecting_failure() {
    as_expected=$(holds cannot_by_its_digest "$1")
    cell "$as_expected" "$1: $reader cannot open it, for its SHA-256"
    row="cannot - - -"
    [ "$as_expected" = yes ] || row="? ? ? ?"
}

# What openssl says of how a form is built: this much is what the oldest readers depend on.
built_as() {
    form=$1
    shift
    log="$tmp/$form.info"
    openssl pkcs12 -in "$tmp/$form.pfx" -passin "file:$password" -info -noout >"$log" 2>&1
    for words in "$@"; do
        cell "$(holds grep -q "$words" "$log")" "$form: built with $words"
    done
}

log="$tmp/log"
out="$tmp/out"
make_folder "$tmp" || {
    echo "Bail out! no pfx to read: $(cat "$tmp/run.log")"
    exit 1
}
password="$tmp/customer.pass"
public=$(openssl x509 -in "$tmp/push.pem" -noout -pubkey)
fingerprint=$(openssl x509 -in "$tmp/push.pem" -noout -fingerprint -sha256)

built_as compat 'MAC: *sha1, Iteration 2048' 'salt length: 8' 'Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048' \
    'Shrouded Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048'
built_as modern 'MAC: *sha256, Iteration 600000' 'Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256' \
    'Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256'

log="$tmp/log"
format='# %-40s %-7s %-7s %-5s %-5s %s\n'
# shellcheck disable=SC2059 # the format is ours
printf "$format" reader form opens key "one" "wrong password" >"$tmp/matrix"
for name in $readers; do
    found "$name"
    for form in compat modern; do
        if [ -n "$missing" ]; then
            for what in "opens it" "finds the key" "finds the push certificate, and no other" "refuses a wrong password"; do
                skipped "$form: $reader $what" "$missing"
            done
            row="skipped - - -"
        elif [ "$name $form" = "go modern" ]; then
            try_expecting_failure "$form"
        else
            try_all "$form"
        fi
        # shellcheck disable=SC2059,SC2086 # the format is ours; a row is four words
        printf "$format" "$reader${version:+ $version}" "$form" $row >>"$tmp/matrix"
    done
done
sed 's/yes$/refused/; s/no$/NOT REFUSED/' "$tmp/matrix"
echo "1..$number"
[ "$failures" -eq 0 ]
