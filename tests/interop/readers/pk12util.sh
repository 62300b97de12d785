#!/bin/sh
# Reads a pfx with NSS, into a new database and out of it: pk12util.sh FILE PASSWORD_FILE DIR (what is written: openssl.sh)
set -eu
database="sql:$3/nss"
mkdir "$3/nss"
certutil -N -d "$database" --empty-password
pk12util -i "$1" -d "$database" -w "$2"
# A line for each certificate: its name, then its flags, which are "u,u,u" when its private key is there.
certutil -L -d "$database" >"$3/list"
sed -n 's/  *[CTPcpu]*,[CTPcpu]*,[CTPcpu]* *$//p' "$3/list" | while IFS= read -r name; do
    certutil -L -d "$database" -n "$name" -a
done >"$3/certs.pem"
name=$(sed -n 's/  *u,u,u *$//p' "$3/list")
pk12util -o "$3/again.p12" -d "$database" -n "$name" -w "$2"
openssl pkcs12 -in "$3/again.p12" -passin "file:$2" -nocerts -nodes | openssl pkey -pubout -out "$3/public.pem"
