about='the name in a vendor certificate whose issuer is unknown: bidi'
prepare() { vendor_cert --fault unknown-issuer --fault cn-bidi; }
err='that CA certificate is missing
\u{202E}'
