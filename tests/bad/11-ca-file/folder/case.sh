about='a folder, as curl and openssl take it'
prepare() { mkdir "$ROOM/ca"; }
status=1
err="option '--ca-file'
folder"
