#!/bin/sh
# Reads a pfx with GnuTLS: certtool.sh FILE PASSWORD_FILE DIR (what is written: openssl.sh)
set -eu
certtool --p12-info --inder --infile "$1" --password "$(cat "$2")" >"$3/all.pem"
sed -n '/^-----BEGIN CERTIFICATE/,/^-----END CERTIFICATE/p' "$3/all.pem" >"$3/certs.pem"
sed -n '/^-----BEGIN .*PRIVATE KEY/,/^-----END .*PRIVATE KEY/p' "$3/all.pem" >"$3/key.pem"
certtool --pubkey-info --load-privkey "$3/key.pem" --password "$(cat "$2")" |
    sed -n '/^-----BEGIN PUBLIC KEY/,/^-----END PUBLIC KEY/p' >"$3/public.pem"
