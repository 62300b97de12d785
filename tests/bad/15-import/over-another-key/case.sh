about='into a folder that has a customer key of its own: nothing is replaced'
from=step2
WHAT='push.pem push.key'
prepare() {
    openssl x509 -in "$SHELF/website.pem" -noout
    issue aai2 "$SHELF/other.clear" '/UID=com.apple.mgmt.External.1/CN=APSP:1/C=US' 'extendedKeyUsage=clientAuth' >push.pem
    cp "$SHELF/other.clear" push.key
}
err="'outputs/customer.key' is there already, and an import replaces nothing
hint: Import into an empty folder"
