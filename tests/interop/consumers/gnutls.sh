#!/bin/sh
# Reads a PKCS #12 with GnuTLS's certtool; with PEM files gnutls-cli shows the certificate.
set -eu
if [ -z "${P12:-}" ]; then
    GNUTLS_PIN=$PASSWORD exec gnutls-cli --x509certfile "$CERT" --x509keyfile "$KEY" --x509cafile "$CA" --alpn h2 \
        --port "$PORT" 127.0.0.1 </dev/null
fi
certtool --p12-info --inder --infile "$P12" --password "$PASSWORD" >"$DIR/all.pem"
sed -n '/^-----BEGIN CERTIFICATE/,/^-----END CERTIFICATE/p' "$DIR/all.pem" >"$DIR/certs.pem"
sed -n '/^-----BEGIN .*PRIVATE KEY/,/^-----END .*PRIVATE KEY/p' "$DIR/all.pem" >"$DIR/key.pem"
certtool --pubkey-info --load-privkey "$DIR/key.pem" --password "$PASSWORD" |
    sed -n '/^-----BEGIN PUBLIC KEY/,/^-----END PUBLIC KEY/p' >"$DIR/public.pem"
