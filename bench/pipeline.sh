#!/bin/sh
# pipeline.sh KEY PASSWORD-FILE CERT CA-BUNDLE CSR: one request to standard output, by openssl's commands.
set -eu
csr=$(openssl req -in "$5" -verify -outform DER 2>/dev/null | openssl base64 -A)
openssl x509 -inform DER -in "$3" -out "${TMPDIR:-/tmp}/bench-cert.$$"
trap 'rm -f "${TMPDIR:-/tmp}/bench-cert.$$"' EXIT
openssl verify -CAfile "$4" "${TMPDIR:-/tmp}/bench-cert.$$" >/dev/null
signature=$(openssl req -in "$5" -outform DER | openssl dgst -sha256 -sign "$1" -passin "file:$2" | openssl base64 -A)
openssl base64 -A <<END
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>PushCertRequestCSR</key><string>$csr</string>
<key>PushCertSignature</key><string>$signature</string>
<key>PushCertCertificateChain</key><string>$(cat "${TMPDIR:-/tmp}/bench-cert.$$" "$4")</string></dict></plist>
END
