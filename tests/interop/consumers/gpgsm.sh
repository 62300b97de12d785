#!/bin/sh
# Takes a PKCS #12 into a new home of GnuPG with gpgsm.
set -eu
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
echo allow-loopback-pinentry >"$GNUPGHOME/gpg-agent.conf"
printf '%s\n' "$PASSWORD" >"$DIR/pass"
gpgsm --batch --disable-dirmngr --pinentry-mode loopback --passphrase-fd 0 --import "$P12" <"$DIR/pass"
gpgsm --batch --export --armor >"$DIR/certs.pem"
gpgsm --batch --pinentry-mode loopback --passphrase-fd 0 --export-secret-key-raw --armor "$(gpgsm --batch --with-colons -K | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p')" <"$DIR/pass" |
    openssl pkey -pubout -out "$DIR/public.pem"
