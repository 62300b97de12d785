about="the portal's answer to a script (JSON) was saved as mdm.cer"
prepare() { echo '{"ErrorCode": -80018, "ErrorMessage": "Certificate Signature Verification failed"}' >inputs/mdm.cer; }
err="$DUE"
