#!/bin/sh
# Reads a pfx with Java, and moves it to a store of Java's own: keytool.sh FILE PASSWORD_FILE DIR (what is written: openssl.sh)
set -eu

# tool OUT WORDS...: keytool's words go to OUT, those about an error too.
tool() {
    out=$1
    shift
    keytool -J-Duser.language=en "$@" >"$out" && return
    cat "$out" >&2
    return 1
}

tool "$3/certs.pem" -list -rfc -storetype PKCS12 -keystore "$1" -storepass:file "$2"
grep -q '^Entry type: PrivateKeyEntry' "$3/certs.pem"
tool "$3/imported" -importkeystore -noprompt -srckeystore "$1" -srcstoretype PKCS12 -srcstorepass:file "$2" \
    -destkeystore "$3/again.p12" -deststoretype PKCS12 -deststorepass:file "$2"
openssl pkcs12 -in "$3/again.p12" -passin "file:$2" -nocerts -nodes | openssl pkey -pubout -out "$3/public.pem"
