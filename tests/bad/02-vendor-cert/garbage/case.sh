about='a file of random bytes'
prepare() { openssl rand -out inputs/mdm.cer 2000 && printf '\001' | dd of=inputs/mdm.cer conv=notrunc 2>/dev/null; }
status=1
err="is a file of unknown type, but $DUE"
