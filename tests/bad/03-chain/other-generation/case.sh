about='issued by another generation under the same name: the issuer is chosen by its key, not by its name'
prepare() { vendor_cert --fault other-issuer; }
status=3
err='outputs/plist_encode'
check() {
    openssl base64 -d -A -in outputs/plist_encode | grep -q 'BEGIN CERTIFICATE'
    mdm verify | grep -q 'complete up to'
}
