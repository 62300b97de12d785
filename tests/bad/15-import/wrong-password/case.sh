about='the file has another password than the one that is given'
prepare() { p12 'another one' push.p12; }
WHAT='push.p12'
status=1
err="(--customer-password-file) does not open 'push.p12'
hint: Without a terminal, one password opens the imported file and locks the new ones"
