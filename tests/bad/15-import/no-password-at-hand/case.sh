about='a locked file, and nobody to ask for its password'
prepare() { p12 'another one' push.p12; }
run() { bare import push.p12; }
status=4
err="the password of 'push.p12' is needed, but there is no terminal
--customer-password-file"
