about='a folder of that name'
prepare() { mkdir "$CERT"; }
status=1
err="'inputs/MDM_Certificate.pem' is a folder, not a file
$DUE"
