#!/bin/sh
# Reads a pfx with openssl, without its legacy provider: openssl.sh FILE PASSWORD_FILE DIR
# Each reader here writes DIR/certs.pem, all certificates that it found, and DIR/public.pem, the public half of the private
# key that it found. What it says goes to stderr; its status is 0 only when all of it was there.
set -eu
OPENSSL_CONF=/dev/null
export OPENSSL_CONF
openssl pkcs12 -in "$1" -passin "file:$2" -nokeys -out "$3/certs.pem"
openssl pkcs12 -in "$1" -passin "file:$2" -nocerts -nodes | openssl pkey -pubout -out "$3/public.pem"
