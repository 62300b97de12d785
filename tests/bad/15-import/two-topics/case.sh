about='the certificates of two servers at once'
prepare() {
    cp "$SHELF/push.pem" push.pem
    issue aai2 "$SHELF/other.clear" '/UID=com.apple.mgmt.External.1/CN=APSP:1/C=US' 'extendedKeyUsage=clientAuth' >two.pem
}
WHAT='push.pem two.pem'
err='hold push certificates with different topics: com.apple.mgmt.External.
a folder of its own'
