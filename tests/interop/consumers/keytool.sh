#!/bin/sh
# Reads with Java's keytool: lists the pfx, and moves it to a store of Java's own.
set -eu

# tool OUT WORDS...: keytool's words go to OUT, those about an error too.
tool() {
    out=$1
    shift
    keytool -J-Duser.language=en "$@" >"$out" && return
    cat "$out" >&2
    return 1
}

tool "$DIR/certs.pem" -list -rfc -storetype PKCS12 -keystore "$P12" -storepass:env PASSWORD
grep -q '^Entry type: PrivateKeyEntry' "$DIR/certs.pem"
tool "$DIR/imported" -importkeystore -noprompt -srckeystore "$P12" -srcstoretype PKCS12 -srcstorepass:env PASSWORD \
    -destkeystore "$DIR/again.p12" -deststoretype PKCS12 -deststorepass:env PASSWORD
openssl pkcs12 -in "$DIR/again.p12" -passin env:PASSWORD -nocerts -nodes | openssl pkey -pubout -out "$DIR/public.pem"
