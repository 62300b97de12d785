about='a folder, as curl and openssl take it'
prepare() { mkdir "$ROOM/ca"; }
err="option '--ca-file'
folder"
