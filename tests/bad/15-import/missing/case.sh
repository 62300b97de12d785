about='a file that is not there, beside one that is'
WHAT='push.pem push.p12'
status=1
err="'push.p12'"
