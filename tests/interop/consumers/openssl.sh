#!/bin/sh
# Shows the certificate with openssl s_client, without the legacy provider.
set -eu
OPENSSL_CONF=/dev/null
export OPENSSL_CONF
if [ -n "${P12:-}" ]; then
    set -- -cert "$P12" -key "$P12"
else
    set -- -cert "$CERT" -key "$KEY"
fi
openssl s_client -connect "127.0.0.1:$PORT" -CAfile "$CA" -verify_return_error -alpn h2 -pass env:PASSWORD "$@" </dev/null
