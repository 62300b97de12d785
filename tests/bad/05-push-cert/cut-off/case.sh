about='a download that was interrupted'
prepare() { head -c 900 "$SHELF/push.pem" >"$CERT"; }
status=1
err="'inputs/MDM_Certificate.pem' is a damaged or incomplete certificate
Download it again"
