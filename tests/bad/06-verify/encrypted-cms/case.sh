about='the answer of mdmcert.download is still encrypted (micromdm/micromdm#1082)'
prepare() { printf '3082224706092a864886f70d010703a08222383082' >request.txt; }
status=1
out="✗ base64: it is an encrypted CMS message (.p7), not a push certificate
mdmctl mdmcert.download -decrypt
$REFUSED"
