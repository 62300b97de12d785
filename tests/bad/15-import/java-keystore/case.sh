about='a Java keystore: the command that converts it is named'
prepare() { printf '\376\355\376\355\0\0\0\2\0\0\0\1' >push.jks; }
WHAT='push.jks'
status=1
err="in 'push.jks': it is a Java keystore (JKS)
keytool -importkeystore"
