about="another server's certificate, into a folder that is finished"
from=step3
prepare() { issue aai2 "$SHELF/other.clear" '/UID=com.apple.mgmt.External.1/CN=APSP:1/C=US' 'extendedKeyUsage=clientAuth' >push.pem; }
err="'outputs/MDM_APNSCert.crt' is there already, and an import replaces nothing"
