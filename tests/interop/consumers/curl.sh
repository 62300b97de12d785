#!/bin/sh
# Pushes with curl. What each consumer here is given, and what it has to do: ../run.js
set -eu
if [ -n "${P12:-}" ]; then
    set -- --cert-type P12 --cert "$P12"
else
    set -- --cert "$CERT" --key "$KEY"
fi
curl -sS --http2 --cacert "$CA" "$@" --pass "$PASSWORD" -H "apns-topic: $TOPIC" -H 'apns-push-type: mdm' -d "$PAYLOAD" \
    -w '%{http_code}\n' "https://127.0.0.1:$PORT/3/device/$TOKEN"
