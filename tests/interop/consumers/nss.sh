#!/bin/sh
# Takes a PKCS #12 into a database of NSS with pk12util, from where tstclnt shows the certificate.
set -eu
database="sql:$DIR/nss"
mkdir "$DIR/nss"
certutil -N -d "$database" --empty-password
certutil -A -d "$database" -n server -t C,, -i "$CA"
pk12util -i "$P12" -d "$database" -W "$PASSWORD"
name=$(certutil -L -d "$database" | sed -n 's/  *u,u,u *$//p')
tstclnt -h 127.0.0.1 -p "$PORT" -a localhost -d "$database" -n "$name" -4 -Q
